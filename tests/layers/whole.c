/*
 * whole.c - linked with every object of one layer and of those it may stand on: an upward reference does not link.
 */
int main(void)
{
    return 0;
}
