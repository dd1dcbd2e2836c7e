-- post.lua - wrk posts one new headline with each request: titles of eight words out of 3,375, some far more frequent than others.
local letters, vowels = "bcdfghjklmnprst", "aeiou"
local words, number, prefix = {}, 0, nil
for a in letters:gmatch(".") do
    for b in vowels:gmatch(".") do
        for c in letters:gmatch(".") do
            for d in ("aei"):gmatch(".") do
                words[#words + 1] = a .. b .. c .. d
            end
        end
    end
end

local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set("thread_number", threads)
end

function init()
    math.randomseed(thread_number)
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    local title = {}
    for i = 1, 8 do
        title[i] = words[1 + math.floor(#words * math.random() ^ 3)]
    end
    number = number + 1
    local body = string.format('{"id":"%d-%d","title":"%s","source":"Source %d"}', thread_number, number, table.concat(title, " "), number % 500)
    return wrk.format("POST", nil, nil, body)
end

-- What http_rate.py reads: requests, microseconds, the percentiles in microseconds, answers that were errors, and connections that failed.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
