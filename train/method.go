package train

import (
	"fmt"
	"slices"
	"strings"
)

// names are those of the values of an enumeration, from 0 on.
type names []string

// of returns the name of a value, or its type and number where there is none.
func (n names) of(kind string, value int) string {
	if value < 0 || value >= len(n) {
		return fmt.Sprintf("%s(%d)", kind, value)
	}
	return n[value]
}

// parse returns the value of a name, and 0 with ErrOption for other text.
func (n names) parse(what, text string) (int, error) {
	if v := slices.Index(n, text); v >= 0 {
		return v, nil
	}
	return 0, fmt.Errorf("train: %s %q is none of %s: %w", what, text, strings.Join(n, ", "), ErrOption)
}

// Method says how a step's linear system (JJᵀ + cI)u = rhs is solved.
type Method int

const (
	// Auto takes the method with the least expected time a step among those
	// that fit into the memory. The expectation is a model of the sizes and
	// options, calibrated once and not on the machine at hand, so that the
	// choice, and with it every bit, is the same everywhere; only a memory
	// limit may rule methods out. The report gives choice, estimate and reason.
	Auto Method = iota
	// Exact forms the Gram matrix from population counts of the gates and
	// factors it: n²m/128 word operations, n³/3 flops, 16n² bytes.
	Exact
	// Sketched is the paper's path: J stays implicit, S·Jᵀ is factored and
	// preconditions conjugate gradients. Õ(mnd + n³), 8(s+2n)n bytes and more.
	Sketched
	// MatrixFree is conjugate gradients on implicit products, 4mnd flops each,
	// with a preconditioner of low rank where that pays (see Options.Rank): no
	// n² memory at all.
	MatrixFree
	// GramCG is conjugate gradients on the explicit Gram matrix, with the same
	// preconditioner: n²m/128 word operations and 8n² bytes, but not n³, and an
	// iteration reads 8n² bytes whatever the width.
	GramCG
)

var methodNames = names{Auto: "auto", Exact: "exact", Sketched: "sketched", MatrixFree: "matrix-free", GramCG: "gram-cg"}

// String returns the name the command uses.
func (m Method) String() string { return methodNames.of("Method", int(m)) }

// ParseMethod is the inverse of String. It returns ErrOption for other text.
func ParseMethod(s string) (Method, error) {
	v, err := methodNames.parse("method", s)
	return Method(v), err
}

// SketchKind says which sketch of Jᵀ the method Sketched takes.
type SketchKind int

const (
	AutoSketch    SketchKind = iota // the one that is expected to take less time
	KroneckerSRHT                   // n(m·log m + d·log d + s) operations; 6n rows by default
	FullSRHT                        // n·md·log md additions; 4n rows by default
)

var sketchNames = names{AutoSketch: "auto", KroneckerSRHT: "kronecker", FullSRHT: "full"}

// String returns the name in lower case.
func (k SketchKind) String() string { return sketchNames.of("SketchKind", int(k)) }

// StepRule says how far a step goes.
type StepRule int

const (
	// LevenbergMarquardt damps each step, accepts only a decrease of the
	// objective ½‖f−y‖² + ½μ‖W−W₀‖², and adapts the damping to the gain ratio.
	LevenbergMarquardt StepRule = iota
	// GaussNewton is the paper's iteration, W ← W − Jᵀg with JJᵀg ≈ f − y: unit
	// steps, no damping, no ridge, no test. It converges on separated samples
	// and wide networks; elsewhere it may oscillate for ever, and the report
	// then says so.
	GaussNewton
	// GradientDescent and Adam follow the gradient of LevenbergMarquardt's
	// objective over all rows, with Options.LearningRate and Options.Momentum:
	// baselines to compare with. A step costs one Linearize and one Jᵀu, and is
	// taken whatever it does.
	GradientDescent
	Adam
)

var ruleNames = names{LevenbergMarquardt: "lm", GaussNewton: "gn", GradientDescent: "gd", Adam: "adam"}

// String returns the name the command uses.
func (r StepRule) String() string { return ruleNames.of("StepRule", int(r)) }

// ParseRule is the inverse of String. It returns ErrOption for other text.
func ParseRule(s string) (StepRule, error) {
	v, err := ruleNames.parse("rule", s)
	return StepRule(v), err
}

// FirstOrder reports whether steps follow the gradient and solve no system.
func (r StepRule) FirstOrder() bool { return r == GradientDescent || r == Adam }
