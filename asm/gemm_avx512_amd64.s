//go:build amd64 && !purego && !noasm

#include "textflag.h"

#define MOVU  VMOVUPD
#define BCAST VBROADCASTSD
#define FMA   VFMADD231PD
#define FMAB  VFMADD231PD.BCST
#define SHIFT 3

#include "gemm_wide_avx512_amd64.h"

// func mulTile24AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next, from *float64, ldf int)
TEXT ·mulTile24AVX512(SB), NOSPLIT, $0-88
#include "gemm_wide3_avx512_amd64.h"

// func mulTile16AVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, bs, k int, next, from *float64, ldf int)
TEXT ·mulTile16AVX512(SB), NOSPLIT, $0-88
#include "gemm_wide2_avx512_amd64.h"

// func mulTileAVX512(c *float64, ldc int, a *float64, rs, cs int, b *float64, k int)
TEXT ·mulTileAVX512(SB), NOSPLIT, $0-56
#include "gemm_tall_avx512_amd64.h"
