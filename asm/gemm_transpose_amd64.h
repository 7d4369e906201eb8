// TRANSPOSE turns eight registers of rows into registers of columns: 24 shuffles,
// with Z18–Z25 as scratch.
#define TRANSPOSE(a, b, c, d, e, f, g, h) \
	VUNPCKLPD b, a, Z18            \
	VUNPCKHPD b, a, Z19            \
	VUNPCKLPD d, c, Z20            \
	VUNPCKHPD d, c, Z21            \
	VUNPCKLPD f, e, Z22            \
	VUNPCKHPD f, e, Z23            \
	VUNPCKLPD h, g, Z24            \
	VUNPCKHPD h, g, Z25            \
	VSHUFF64X2 $0x88, Z20, Z18, a  \
	VSHUFF64X2 $0xdd, Z20, Z18, c  \
	VSHUFF64X2 $0x88, Z24, Z22, e  \
	VSHUFF64X2 $0xdd, Z24, Z22, g  \
	VSHUFF64X2 $0x88, Z21, Z19, b  \
	VSHUFF64X2 $0xdd, Z21, Z19, d  \
	VSHUFF64X2 $0x88, Z25, Z23, f  \
	VSHUFF64X2 $0xdd, Z25, Z23, h  \
	VSHUFF64X2 $0x88, e, a, Z18    \
	VSHUFF64X2 $0xdd, e, a, Z22    \
	VSHUFF64X2 $0x88, g, c, Z20    \
	VSHUFF64X2 $0xdd, g, c, Z24    \
	VSHUFF64X2 $0x88, f, b, Z19    \
	VSHUFF64X2 $0xdd, f, b, Z23    \
	VSHUFF64X2 $0x88, h, d, Z21    \
	VSHUFF64X2 $0xdd, h, d, Z25    \
	VMOVAPD Z18, a \
	VMOVAPD Z19, b \
	VMOVAPD Z20, c \
	VMOVAPD Z21, d \
	VMOVAPD Z22, e \
	VMOVAPD Z23, f \
	VMOVAPD Z24, g \
	VMOVAPD Z25, h
