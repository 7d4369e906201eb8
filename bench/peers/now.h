/* Seconds of a clock that only goes forward. Who includes it defines _POSIX_C_SOURCE, 199309L or
 * later, before anything else. */
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}
