// The rows of a step of paley_amd64.h where they are in x.
//
// DI, BX, R12, R13     rows 0, 8, 16, 24 of the step
// R8, R9, R10, R11     1, 3, 5 and 7 rows in bytes

#define ROW0 (DI)
#define ROW1 (DI)(R8*1)
#define ROW2 (DI)(R8*2)
#define ROW3 (DI)(R9*1)
#define ROW4 (DI)(R8*4)
#define ROW5 (DI)(R10*1)
#define ROW6 (DI)(R9*2)
#define ROW7 (DI)(R11*1)
#define ROW8 (BX)
#define ROW9 (BX)(R8*1)
#define ROW10 (BX)(R8*2)
#define ROW11 (BX)(R9*1)
#define ROW12 (BX)(R8*4)
#define ROW13 (BX)(R10*1)
#define ROW14 (BX)(R9*2)
#define ROW15 (BX)(R11*1)
#define ROW16 (R12)
#define ROW17 (R12)(R8*1)
#define ROW18 (R12)(R8*2)
#define ROW19 (R12)(R9*1)
#define ROW20 (R12)(R8*4)
#define ROW21 (R12)(R10*1)
#define ROW22 (R12)(R9*2)
#define ROW23 (R12)(R11*1)
#define ROW24 (R13)
#define ROW25 (R13)(R8*1)
#define ROW26 (R13)(R8*2)
#define ROW27 (R13)(R9*1)

// MULTIPLES of a row, which is R8
#define MULTIPLES \
	LEAQ (R8)(R8*2), R9  \
	LEAQ (R8)(R8*4), R10 \
	LEAQ (R9)(R8*4), R11

// ROWS 8, 16 and 24 after row 0, which is DI
#define ROWS \
	LEAQ (DI)(R8*8), BX  \
	LEAQ (BX)(R8*8), R12 \
	LEAQ (R12)(R8*8), R13

// FORWARD by so many bytes
#define FORWARD(by) \
	ADDQ by, DI  \
	ADDQ by, BX  \
	ADDQ by, R12 \
	ADDQ by, R13
