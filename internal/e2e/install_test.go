package e2e

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// The README's commands install the provider and try it: terraform init finds it without
// asking a registry, also with a provider_installation block if that names it. What is installed does not depend on the directory of the checkout,
// or else a plan that one job saves could not be applied by another.
func TestInstall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it would change the user's own directory: Terraform asks Windows for it, not the environment")
	}
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	home, programs := t.TempDir(), t.TempDir()
	env := append(os.Environ(), "HOME="+home, "CHECKPOINT_DISABLE=1", "TF_CLI_ARGS=-no-color",
		"PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which are below HOME
		env = append(env, name+"="+goEnv(t, name))
	}
	install := exec.CommandContext(t.Context(), "make", "--no-print-directory", "install")
	install.Dir, install.Env = checkout, env
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

	if err := os.Symlink(terraformPath, filepath.Join(programs, "terraform")); err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(codeBlock(t, "docs/guides/troubleshooting.md", "provider_installation", "terraform"), "/home/you", home)
	configFile := filepath.Join(t.TempDir(), "terraform.rc")
	if err := os.WriteFile(configFile, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := codeBlock(t, "README.md", "Try it", "shell")
	for _, file := range []string{"", configFile} {
		try := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.ReplaceAll(commands, "/tmp/try", t.TempDir()))
		try.Dir, try.Env = checkout, slices.Concat(env, []string{"TF_CLI_CONFIG_FILE=" + file})
		if output, err := try.CombinedOutput(); err != nil || !strings.Contains(string(output), `+ "ami-0a7c3e9d1f5b28460",`) {
			t.Errorf("with the CLI configuration %q: %v\n%s", file, err, output)
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}

// codeBlock returns the first block of code below a heading, with the provider's source
// address as main.go states it.
func codeBlock(t *testing.T, file, heading, language string) string {
	t.Helper()
	_, section, _ := strings.Cut(string(read(t, file)), "\n## "+heading)
	_, block, _ := strings.Cut(section, "```"+language+"\n")
	code, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatalf("%s has no %s below %q", file, language, heading)
	}
	return strings.ReplaceAll(code, "hashicorp/packer", strings.TrimPrefix(sourceAddress(t), "registry.terraform.io/"))
}
