/* The transforms of a batch of rows as FFHT computes them: in place, on one thread, unscaled
 * and without the signs of a rotation. -I names the folder of its sources.
 *
 * The first line written names it. Then each line "ROWS D ROUNDS" that is read, D a power of two, is
 * answered by {"seconds": ..., "y0": ...}: the time of so many rounds of all rows, that of
 * several if they take less than two milliseconds, and output 0 of the transform of ones, to be
 * compared. */
#define _POSIX_C_SOURCE 200112L
#include <fht_header_only.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "now.h"

int main(void)
{
	char line[64];

	printf("FFHT, compiled by %s\n", __VERSION__);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		size_t rows, d;
		int rounds, k = 0;
		void *memory;
		if (sscanf(line, "%zu %zu %d", &rows, &d, &rounds) != 3)
			return 1;
		while ((size_t)1 << k < d)
			k++;
		if (posix_memalign(&memory, 64, rows * d * sizeof(float)))
			return 1;
		float *x = memory;
		for (size_t i = 0; i < d; i++)
			x[i] = 1;
		fht_float(x, k);
		double y0 = x[0], seconds = 0;
		memset(x, 0, rows * d * sizeof(float)); /* stays as it is */
		for (int count = 1; seconds == 0; count *= 2) {
			double start = now();
			for (int i = 0; i < count; i++)
				for (size_t row = 0; row < rows; row++)
					for (int round = 0; round < rounds; round++)
						fht_float(x + row * d, k);
			double took = now() - start;
			if (took >= 2e-3)
				seconds = took / count;
		}
		free(memory);
		printf("{\"seconds\": %.9g, \"y0\": %.17g}\n", seconds, y0);
		fflush(stdout);
	}
	return 0;
}
