package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// The page says that its rates are those of package train's plan.
func TestRatesAreThoseOfThePlan(t *testing.T) {
	here, plan := constants(t, "main.go"), constants(t, "../../train/cost.go")
	common := 0
	for name, value := range here {
		if want, ok := plan[name]; ok {
			common++
			if value != want {
				t.Errorf("%s = %s, in the plan %s", name, value, want)
			}
		}
	}
	if common < 11 {
		t.Errorf("%d constants in common", common)
	}
}

// constants returns those of a file, as they are written.
func constants(t *testing.T, path string) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
			for i, name := range spec.Names {
				found[name.Name] = types.ExprString(spec.Values[i])
			}
		}
		return true
	})
	return found
}
