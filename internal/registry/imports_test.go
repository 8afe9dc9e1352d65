package registry_test

import (
	"errors"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The domain imports the standard library only, besides a helper that does the
// same. The paths of everything else begin with a host name.
func TestImportsStandardLibraryOnly(t *testing.T) {
	const helper = "github.com/hashicorp/terraform-provider-packer/internal/flight"
	files, err := filepath.Glob("*.go")
	helperFiles, err2 := filepath.Glob("../flight/*.go")
	files, err = append(files, helperFiles...), errors.Join(err, err2)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
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
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && imported != helper {
				t.Errorf("%s imports %s", file, imported)
			}
		}
	}
}
