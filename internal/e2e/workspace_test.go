package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goversion "github.com/hashicorp/go-version"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// workspace is a directory in which Terraform runs, with an environment of its
// own and an empty home.
type workspace struct {
	dir  string
	home string
	env  map[string]string
}

// newWorkspace makes a workspace with one configuration file. Its environment
// points the provider to a fake HCP with the example registry. Each wrap is put
// in front of that fake.
func newWorkspace(t *testing.T, config string, wrap ...func(http.Handler) http.Handler) (*workspace, *hcpfake.Server) {
	t.Helper()
	seed := hcpfake.Example(time.Now())
	hcp := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	handler := http.Handler(hcp)
	for _, w := range wrap {
		handler = w(handler)
	}
	endpoint, err := hcpfake.Listen(t.Context(), handler, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})

	w := &workspace{dir: t.TempDir(), home: t.TempDir()}
	w.write(t, "terraform.rc", terraformcli.DevOverrides(providerDir, "packer"))
	w.write(t, "ca.pem", string(endpoint.CA))
	w.write(t, "main.tf", config)
	if w.env, err = hcpfake.ClientEnv(endpoint, seed, filepath.Join(w.dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	w.env["PATH"] = os.Getenv("PATH")
	w.env["HOME"] = w.home
	w.env["TMPDIR"] = w.dir
	w.env["CHECKPOINT_DISABLE"] = "1"
	w.env["TF_CLI_CONFIG_FILE"] = filepath.Join(w.dir, "terraform.rc")
	return w, hcp
}

// terraform runs Terraform and returns its output on one line.
func (w *workspace) terraform(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	printed, err := w.command(t, arguments...).CombinedOutput()
	t.Logf("terraform %s\n%s", strings.Join(arguments, " "), printed)
	return unwrap(printed), err
}

// unwrap replaces each run of white space and frame characters with one space.
func unwrap(printed []byte) string {
	return strings.Join(strings.FieldsFunc(string(printed), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n│╷╵", r)
	}), " ")
}

func (w *workspace) command(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), terraformPath, append(arguments, "-no-color")...)
	command.Dir = w.dir
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

func (w *workspace) write(t *testing.T, file, content string) {
	t.Helper()
	file = filepath.Join(w.dir, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (w *workspace) mustRun(t *testing.T, arguments ...string) (output string) {
	t.Helper()
	output, err := w.terraform(t, arguments...)
	if err != nil {
		t.Fatalf("terraform %s: %v", arguments[0], err)
	}
	return output
}

func operations(hcp *hcpfake.Server) []string {
	var operations []string
	for _, request := range hcp.Requests() {
		operations = append(operations, request.Operation)
	}
	return operations
}

const readConfig = `
data "packer_image_iteration" "test" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "version" {
  value = data.packer_image_iteration.test.version
}
`

// requireProvider returns the configuration with the provider's source address.
func requireProvider(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(`
terraform {
  required_providers {
    packer = {
      source = %q
    }
  }
}
`, sourceAddress(t))
}

// requireTerraform skips the test if Terraform is older than that.
func requireTerraform(t *testing.T, oldest string) {
	t.Helper()
	command := exec.Command(terraformPath, "version", "-json")
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE=") // OpenTofu prints a warning about a missing one in front of the JSON
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatal(err)
	}
	if goversion.Must(goversion.NewVersion(found.Version)).LessThan(goversion.Must(goversion.NewVersion(oldest))) {
		t.Skipf("Terraform %s is older than %s", found.Version, oldest)
	}
}
