package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// Anybody can run the command with one line, in an empty module and offline but
// for a module proxy. The proxy has this checkout as the module, and the modules
// that this machine has downloaded.
func TestGoRun(t *testing.T) {
	skipOnMacAndWindows(t)
	if testing.Short() {
		t.Skip("it compiles the command anew")
	}
	const version = "v1.2.3"
	root, err := terraformcli.Checkout()
	if err != nil {
		t.Fatal(err)
	}
	goEnv := strings.Fields(output(t, exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE", "GOCACHE")))
	path := output(t, exec.CommandContext(t.Context(), "go", "list", "-m"))
	proxy, empty := t.TempDir(), t.TempDir()
	publish(t, root, filepath.Join(proxy, path, "@v"), module.Version{Path: path, Version: version})
	if err := os.WriteFile(filepath.Join(empty, "go.mod"), []byte("module empty\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	command := exec.CommandContext(t.Context(), "go", "run", path+"/internal/cmd/hcpfake@"+version,
		"sh", "-c", roleVariable+`=client exec "$0"`, os.Args[0])
	command.Dir = empty
	command.Env = append(os.Environ(), "HOME="+t.TempDir(), "GOCACHE="+goEnv[1], "GOMODCACHE="+t.TempDir(),
		"GOPROXY=file://"+proxy+",file://"+filepath.Join(goEnv[0], "cache", "download"), "GOSUMDB=off",
		// Compile nothing again for being in another directory, and let the test
		// remove it.
		"GOFLAGS=-trimpath -modcacherw")
	if got := output(t, command); got != "v7" {
		t.Errorf("the client printed %q", got)
	}
}

// publish puts a version of the module in root into the directory of a proxy.
func publish(t *testing.T, root, dir string, version module.Version) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list":                    version.Version + "\n",
		version.Version + ".info": `{"Version": "` + version.Version + `"}`,
		version.Version + ".mod":  string(goMod),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	archive, err := os.Create(filepath.Join(dir, version.Version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	var files []zip.File
	for name := range strings.Lines(output(t, list)) {
		files = append(files, file{root, strings.TrimSuffix(name, "\n")})
	}
	if err := zip.Create(archive, version, files); err != nil {
		t.Fatal(err)
	}
}

// file is a file of the checkout.
type file struct{ root, name string }

func (f file) Path() string                 { return filepath.ToSlash(f.name) }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.root, f.name)) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.root, f.name)) }

// output returns what the command prints.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}
