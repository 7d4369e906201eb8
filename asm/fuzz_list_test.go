package asm

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestFuzzMissesNoKernel holds the fuzz targets, and the functions called fuzz…, against
// the exported functions that take memory.
func TestFuzzMissesNoKernel(t *testing.T) {
	named := map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) < 20 {
		t.Fatal(sources, err)
	}
	var kernels []string
	for _, name := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			switch {
			case !ok || f.Recv != nil:
			case strings.HasSuffix(name, "_test.go"):
				if strings.HasPrefix(strings.ToLower(f.Name.Name), "fuzz") {
					ast.Inspect(f.Body, func(n ast.Node) bool {
						if id, ok := n.(*ast.Ident); ok {
							named[id.Name] = true
						}
						return true
					})
				}
			case f.Name.IsExported() && takesMemory(f):
				kernels = append(kernels, f.Name.Name)
			}
		}
	}
	if len(kernels) < 30 {
		t.Fatalf("only %d kernels", len(kernels))
	}
	for _, kernel := range kernels {
		if !named[kernel] {
			t.Errorf("no fuzz target has %s", kernel)
		}
	}
}

// takesMemory reports whether a parameter is a slice or a pointer.
func takesMemory(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		switch p.Type.(type) {
		case *ast.ArrayType, *ast.StarExpr:
			return true
		}
	}
	return false
}
