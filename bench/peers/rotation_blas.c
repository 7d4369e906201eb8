/* A batch of rows times a dense orthogonal matrix, as OpenBLAS computes it: Y = X·Qᵀ in float32 on
 * one thread.
 *
 * The first line written names it. Then each line "ROWS D" that is read is answered by
 * {"seconds": ..., "y0": ...}: the time of a product, that of several if one takes less than two
 * milliseconds, and the first output for Q twice the identity and X all ones, to be compared. */
#define _POSIX_C_SOURCE 199309L
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include "now.h"

int main(void)
{
	char line[64];

	openblas_set_num_threads(1);
	printf("%s\n", openblas_get_config());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		int rows, d;
		if (sscanf(line, "%d %d", &rows, &d) != 2)
			return 1;
		float *x = malloc((size_t)rows * d * sizeof *x), *y = malloc((size_t)rows * d * sizeof *y);
		float *q = calloc((size_t)d * d, sizeof *q);
		if (!x || !y || !q)
			return 1;
		for (size_t i = 0; i < (size_t)rows * d; i++)
			x[i] = 1;
		for (size_t i = 0; i < (size_t)d; i++)
			q[i * d + i] = 2;
		double seconds = 0;
		for (int count = 1; seconds == 0; count *= 2) {
			double start = now();
			for (int i = 0; i < count; i++)
				cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, d, d, 1, x, d, q, d, 0, y, d);
			double took = now() - start;
			if (took >= 2e-3)
				seconds = took / count;
		}
		printf("{\"seconds\": %.9g, \"y0\": %.17g}\n", seconds, y[0]);
		fflush(stdout);
		free(x);
		free(y);
		free(q);
	}
	return 0;
}
