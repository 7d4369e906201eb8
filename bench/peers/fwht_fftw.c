/* The Walsh–Hadamard transform of length 2ᵏ as FFTW computes it: the real transform of
 * rank k whose sides are all 2, in place, on one thread.
 *
 * The first line written names FFTW and the compiler. Then each line "TYPE N" that is
 * read, with TYPE float32 or float64, is answered by {"seconds": ..., "y0": ...}: the time of a
 * transform, that of several if one takes less than two milliseconds, and the outputs 0, 1, 2 and 4 of
 * the transform of i mod 8, to be compared. The plan is measured up to 2¹⁸ and estimated
 * beyond, where measuring takes minutes. */
#define _POSIX_C_SOURCE 199309L
#include <fftw3.h>
#include <stdio.h>
#include <string.h>
#include "now.h"

enum { MEASURED = 18, MOST = 30 };

static int sides[MOST];
static fftw_r2r_kind kinds[MOST];

/* For T = float and double: make_T takes a length and leaves the outputs in y, run_T does
 * the transform. F(name) is FFTW's name for T. */
#define TRANSFORM(T, F)                                                                                  \
	static T *data_##T;                                                                              \
	static F(plan) plan_##T;                                                                         \
	static void run_##T(void) { F(execute)(plan_##T); }                                              \
	static int make_##T(int k, double y[4])                                                          \
	{                                                                                                \
		size_t n = (size_t)1 << k;                                                               \
		if (plan_##T)                                                                            \
			F(destroy_plan)(plan_##T);                                                       \
		F(free)(data_##T);                                                                       \
		data_##T = F(malloc)(n * sizeof(T));                                                     \
		if (!data_##T)                                                                           \
			return 0;                                                                        \
		plan_##T = F(plan_r2r)(k, sides, data_##T, data_##T, kinds, k <= MEASURED ? FFTW_MEASURE : FFTW_ESTIMATE); \
		for (size_t i = 0; i < n; i++)                                                           \
			data_##T[i] = i % 8;                                                             \
		run_##T();                                                                               \
		for (int i = 0; i < 4; i++)                                                              \
			y[i] = data_##T[(1 << i) / 2];                                                   \
		memset(data_##T, 0, n * sizeof(T));                                                      \
		return plan_##T != NULL;                                                                 \
	}

#define DOUBLE(name) fftw_##name
#define SINGLE(name) fftwf_##name
TRANSFORM(double, DOUBLE)
TRANSFORM(float, SINGLE)

int main(void)
{
	char line[64], job[64] = "", type[16];
	double y[4];
	void (*run)(void) = NULL;

	for (int i = 0; i < MOST; i++) {
		sides[i] = 2;
		kinds[i] = FFTW_R2HC;
	}
	printf("%s, compiled by %s\n", fftw_version, __VERSION__);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (strcmp(line, job) != 0) {
			size_t n;
			int k = 0;
			strcpy(job, line);
			if (sscanf(line, "%15s %zu", type, &n) != 2)
				return 1;
			while (k < MOST && (size_t)1 << k < n)
				k++;
			run = strcmp(type, "float32") == 0 ? run_float : run_double;
			if (k < 3 || !(run == run_float ? make_float : make_double)(k, y))
				return 1;
		}
		double seconds = 0;
		int count = 0;
		while (seconds < 2e-3) {
			count = count ? 2 * count : 1;
			double start = now();
			for (int i = 0; i < count; i++)
				run();
			seconds = now() - start;
		}
		printf("{\"seconds\": %.9g, \"y0\": %.17g, \"y1\": %.17g, \"y2\": %.17g, \"y4\": %.17g}\n", seconds / count, y[0], y[1], y[2], y[3]);
		fflush(stdout);
	}
	return 0;
}
