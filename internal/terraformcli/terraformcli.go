// Package terraformcli finds the Terraform or OpenTofu program that tests and
// the demo run.
package terraformcli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// pinned is the Terraform that is installed where there is none.
const pinned = "1.11.4"

// folder of the checkout, ignored by git, that it is installed into.
const folder = ".terraform-cli"

// Find returns the path of terraform or else tofu on the PATH. Where there is
// neither, it installs Terraform into the checkout that the working directory
// belongs to.
func Find(ctx context.Context) (string, error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	root, err := Checkout()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	exact := version.Must(version.NewVersion(pinned))
	path, err := install.NewInstaller().Ensure(ctx, []src.Source{
		&fs.ExactVersion{Product: product.Terraform, Version: exact, ExtraPaths: []string{dir}},
		&releases.ExactVersion{Product: product.Terraform, Version: exact, InstallDir: dir},
	})
	if err != nil {
		return "", fmt.Errorf("there is neither terraform nor tofu on the PATH, and Terraform %s could not be installed into %s: %w", pinned, dir, err)
	}
	return path, nil
}

// IsOpenTofu reports whether the program at path is OpenTofu.
func IsOpenTofu(path string) bool {
	return strings.TrimSuffix(filepath.Base(path), ".exe") == "tofu"
}

// Checkout returns the folder that holds go.mod, at or above the working
// directory.
func Checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the working directory is in no checkout of the provider: there is no go.mod at or above it")
		}
		dir = parent
	}
}
