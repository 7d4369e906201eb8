//go:build amd64 && !purego && !noasm

#include "textflag.h"

#define MOVU  VMOVUPS
#define BCAST VBROADCASTSS
#define FMA   VFMADD231PS
#define FMAB  VFMADD231PS.BCST
#define SHIFT 2

#include "gemm_wide_avx512_amd64.h"

// func mulTile32x48AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, bs, k int, next, from *float32, ldf int)
TEXT ·mulTile32x48AVX512(SB), NOSPLIT, $0-88
#include "gemm_wide3_avx512_amd64.h"

// func mulTile32x32AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, bs, k int, next, from *float32, ldf int)
TEXT ·mulTile32x32AVX512(SB), NOSPLIT, $0-88
#include "gemm_wide2_avx512_amd64.h"

// func mulTile32AVX512(c *float32, ldc int, a *float32, rs, cs int, b *float32, k int)
TEXT ·mulTile32AVX512(SB), NOSPLIT, $0-56
#include "gemm_tall_avx512_amd64.h"
