// Package e2e tests the whole provider: built as a user would build it, in a
// process of its own, under the real Terraform or OpenTofu, against a local fake
// HCP.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	_ "github.com/hashicorp/terraform-provider-packer/internal/provider" // which run builds: go test's cached results must depend on it
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

const module = "github.com/hashicorp/terraform-provider-packer"

var (
	checkout      string // the directory of the checkout
	terraformPath string // the path of terraform or tofu
	providerDir   string // the directory of the built provider and of the stand-ins for others
)

func TestMain(m *testing.M) {
	if served, err := serveStandIn(); served {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run builds the provider and runs the tests.
func run(m *testing.M) (code int, err error) {
	if checkout, err = terraformcli.Checkout(); err != nil {
		return 0, err
	}
	if terraformPath, err = terraformcli.Find(context.Background()); err != nil {
		return 0, err
	}
	if providerDir, err = os.MkdirTemp("", "provider"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(providerDir)
	binary := filepath.Join(providerDir, providerProgram("packer"))
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-X main.version=1.2.3", "-o", binary, module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make install builds it, so that it need not compile anew
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	if err := installStandIns(providerDir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// providerProgram returns the name of a provider's program.
func providerProgram(name string) string {
	program := "terraform-provider-" + name
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	return program
}

// read returns the content of a file of the checkout.
func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(checkout, file))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// sourceAddress returns the provider's source address, which only main.go states.
func sourceAddress(t *testing.T) string {
	t.Helper()
	constant := regexp.MustCompile(`(?m)^const address = "(.+)"$`).FindSubmatch(read(t, "main.go"))
	if constant == nil {
		t.Fatal("main.go has no constant address")
	}
	return string(constant[1])
}
