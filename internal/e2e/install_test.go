package e2e

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// After make install, terraform init finds the provider without asking a registry. What
// is installed does not depend on the directory of the checkout, or else a plan that one
// job saves could not be applied by another.
func TestInstall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it would change the user's own directory: Terraform asks Windows for it, not the environment")
	}
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	w, _ := newWorkspace(t, fmt.Sprintf(`
terraform {
  required_providers {
    packer = {
      source = %q
    }
  }
}
`, strings.TrimPrefix(sourceAddress(t), "registry.terraform.io/"))+readConfig)
	install := exec.CommandContext(t.Context(), "make", "--no-print-directory", "install")
	install.Env = append(os.Environ(), "HOME="+w.home)
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which are below HOME
		directory, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		install.Env = append(install.Env, name+"="+strings.TrimSpace(string(directory)))
	}
	var stderr strings.Builder
	install.Stderr = &stderr
	output, err := install.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", install, err, stderr.String())
	}
	files := strings.Fields(string(output))
	if len(files) != 2 { // for Terraform's registry and for OpenTofu's
		t.Fatalf("it installed %q", files)
	}
	for _, file := range files {
		info, err := buildinfo.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range []string{"-trimpath=true", "CGO_ENABLED=0"} {
			if !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key+"="+s.Value == setting }) {
				t.Errorf("%s was not built with %s", file, setting)
			}
		}
	}

	w.write(t, "terraform.rc", "")
	w.mustRun(t, "init", "-input=false")
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	if version := w.mustRun(t, "output", "version"); version != `"v7"` {
		t.Errorf("the iteration is %s", version)
	}
}
