//go:build amd64 && !purego && !noasm

#include "textflag.h"

#define MOVU  VMOVUPD
#define BCAST VBROADCASTSD
#define FMA   VFMADD231PD
#define SHIFT 3

// func mulTileAVX2(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int)
TEXT ·mulTileAVX2(SB), NOSPLIT, $0-64
#include "gemm_tile_amd64.h"
