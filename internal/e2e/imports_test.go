package e2e

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Imports point inward. The domain imports no other layer; of the layers that
// ship, only the HCP client imports HCP's SDK, and only the Terraform layer
// imports Terraform's libraries. The fake imports nothing of the provider, whose
// idea of HCP it must not share.
func TestImports(t *testing.T) {
	const (
		terraform = "github.com/hashicorp/terraform-plugin-"
		sdk       = "github.com/hashicorp/hcp-sdk-go"
	)
	for _, rule := range []struct {
		dir     string
		ours    []string // the packages of this module that it may import
		foreign bool     // whether it may import other modules
		never   []string // prefixes of packages that it must not import all the same
	}{
		{dir: "internal/flight"},
		{dir: "internal/registry", ours: []string{"internal/flight"}},
		{dir: "internal/hcp/transport", ours: []string{"internal/registry"}, foreign: true, never: []string{terraform}},
		{dir: "internal/hcp/auth", ours: []string{"internal/flight", "internal/hcp/transport", "internal/registry"}, foreign: true, never: []string{terraform}},
		{dir: "internal/hcp", ours: []string{"internal/hcp/auth", "internal/hcp/transport", "internal/registry"}, foreign: true, never: []string{terraform}},
		{dir: "internal/provider", ours: []string{"internal/hcp", "internal/hcp/auth", "internal/hcp/transport", "internal/registry"}, foreign: true, never: []string{sdk, "github.com/go-openapi/"}},
		{dir: "internal/hcpfake", foreign: true, never: []string{terraform}},
		{dir: "internal/cmd/hcpfake", ours: []string{"internal/hcpfake"}},
		{dir: ".", ours: []string{"internal/provider"}, foreign: true, never: []string{sdk}},
	} {
		for _, imported := range importsOf(t, rule.dir) {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			isForeign := !isOurs && strings.Contains(strings.Split(imported, "/")[0], ".") // It begins with a host name.
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

// importsOf returns the imports of the package in dir, without those of its tests.
func importsOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(checkout, dir, "*.go"))
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
