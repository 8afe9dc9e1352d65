package e2e

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Imports point inward: the domain knows nobody, and of what is shipped one
// package each speaks to Terraform and to HCP's SDK. The linter shows most of
// this rule in the editor.
func TestImports(t *testing.T) {
	const (
		terraform = "github.com/hashicorp/terraform-plugin-"
		sdk       = "github.com/hashicorp/hcp-sdk-go"
	)
	for _, rule := range []struct {
		dir     string
		ours    []string // the packages of this module that it may import
		foreign bool     // whether it may import modules other than this one
		never   []string // besides those that begin like this
	}{
		{dir: "internal/flight"},
		{dir: "internal/registry", ours: []string{"internal/flight"}},
		{dir: "internal/hcp", ours: []string{"internal/flight", "internal/registry"}, foreign: true, never: []string{terraform}},
		{dir: "internal/provider", ours: []string{"internal/hcp", "internal/registry"}, foreign: true, never: []string{sdk, "github.com/go-openapi/"}},
		{dir: "internal/hcpfake", foreign: true, never: []string{terraform}},
		{dir: ".", ours: []string{"internal/provider"}, foreign: true, never: []string{sdk}},
	} {
		for _, imported := range importsOf(t, rule.dir) {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			isForeign := !isOurs && strings.Contains(strings.Split(imported, "/")[0], ".") // it begins with a host name
			isNever := func(prefix string) bool { return strings.HasPrefix(imported, prefix) }
			switch {
			case isOurs && !slices.Contains(rule.ours, ours),
				isForeign && !rule.foreign,
				slices.ContainsFunc(rule.never, isNever):
				t.Errorf("%s imports %s", rule.dir, imported)
			}
		}
	}
}

// importsOf returns what the package in a directory imports, without its tests.
func importsOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(path.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	var imports []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imports = append(imports, imported)
		}
	}
	return imports
}
