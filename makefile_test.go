package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMakefile runs recipes of the GNUmakefile with scripts in the place of the
// programs that they call.
func TestMakefile(t *testing.T) {
	tools := make(map[string]string)
	for _, tool := range []string{"make", "sh", "rm", "mkdir", "chmod"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Skip(err)
		}
		tools[tool] = path
	}
	const (
		noCgo   = "cgo is off (no C compiler, or CGO_ENABLED=0): testing without the race detector\n"
		mktemp  = `mkdir "$TMPDIR/w"; echo "$TMPDIR/w"`
		cli     = `echo "${0##*/} $*"`
		goTest  = `case $1 in env) echo "$CGO";; *) echo "race: $2";; esac`
		goBuild = `echo "${GOTMPDIR##*/} ${TMPDIR##*/}"; printf '#!/bin/sh\n%s\n' "$DEMO" >"$3"; chmod +x "$3"`
	)
	for name, c := range map[string]struct {
		target   string
		programs map[string]string // the scripts
		env      []string
		want     string // in what is printed
		fails    bool
	}{
		"no directory":         {"demo", map[string]string{"mktemp": "exit 1", "go": "echo built"}, nil, "", true},
		"no build":             {"demo", map[string]string{"mktemp": mktemp, "go": "exit 1"}, nil, "", true},
		"demo":                 {"demo", map[string]string{"mktemp": mktemp, "go": goBuild}, []string{`DEMO=echo "${0##*/} $1 ${2##*/}"`}, "w w\ndemo -work w\n", false},
		"failing demo":         {"demo", map[string]string{"mktemp": mktemp, "go": goBuild}, []string{"DEMO=exit 1"}, "w w\n", true},
		"interrupted demo":     {"demo", map[string]string{"mktemp": mktemp, "go": goBuild}, []string{"DEMO=trap 'echo told; exit 130' TERM; kill -TERM $PPID; while :; do :; done"}, "w w\ntold\n", true},
		"interrupted build":    {"demo", map[string]string{"mktemp": mktemp, "go": "kill -TERM $PPID"}, nil, "", true},
		"cgo":                  {"test", map[string]string{"go": goTest}, []string{"CGO=1"}, "race: -race\n", false},
		"cgo is off":           {"test", map[string]string{"go": goTest}, []string{"CGO=0"}, noCgo + "race: ./...\n", false},
		"Go does not say":      {"test", map[string]string{"go": goTest}, []string{"CGO="}, "race: -race\n", false},
		"format":               {"fmt", map[string]string{"go": "", "terraform": cli, "tofu": cli}, nil, "terraform fmt -recursive examples\n", false},
		"format with OpenTofu": {"fmt", map[string]string{"go": "", "tofu": cli}, nil, "tofu fmt -recursive examples\n", false},
		"format with neither":  {"fmt", map[string]string{"go": "", "fmt": cli}, nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			bin, temp := t.TempDir(), t.TempDir()
			for tool, path := range tools {
				if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
					t.Fatal(err)
				}
			}
			for program, script := range c.programs {
				if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			command := exec.CommandContext(t.Context(), tools["make"], "--silent", c.target)
			command.Env = slices.Concat(c.env, []string{"PATH=" + bin, "TMPDIR=" + temp})
			out, err := command.Output()
			if string(out) != c.want || (err != nil) != c.fails {
				t.Errorf("it printed %q and ended with %v; want %q", out, err, c.want)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("%v are still there (%v)", left, err)
			}
		})
	}
}

// The tests that the makefile selects by name are there: where none is, go test
// is content.
func TestMakefileNamesTests(t *testing.T) {
	makefile, err := os.ReadFile("GNUmakefile")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\b((?:Test|Fuzz)[A-Z]\w*)(.?)`).FindAllStringSubmatch(string(makefile), -1)
	if len(names) == 0 {
		t.Error("the makefile names no test")
	}
	for _, name := range names {
		function := "\nfunc " + name[1] + "("
		if name[2] == "'" { // the end of a pattern without $, which matches what begins so
			function = "\nfunc " + name[1]
		}
		if !strings.Contains(tests.String(), function) {
			t.Errorf("there is no %s", name[1])
		}
	}
}
