-- get.lua - wrk asks for the page of its URL again and again; the end is as of post.lua.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
