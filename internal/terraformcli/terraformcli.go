// Package terraformcli finds the Terraform or OpenTofu program that the tests and
// the benchmark run, and configures where it finds the provider.
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
	hcinstall "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// pinned is the Terraform version to install if there is none on the PATH.
const pinned = "1.11.4"

// folder is where in the checkout it is installed; git ignores it.
const folder = ".terraform-cli"

// Find returns the path of terraform, or else tofu, on the PATH. If there is
// neither, it installs Terraform into the checkout of the working directory, and
// says so on stderr. Several processes may do so at once.
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
	if path, err := installed(ctx, dir); err == nil {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "Neither terraform nor tofu is on the PATH; installing Terraform %s into %s …\n", pinned, dir)
	path, err := install(ctx, dir, download)
	if err != nil {
		return "", fmt.Errorf("neither terraform nor tofu is on the PATH, and Terraform %s could not be installed into %s: %w; "+
			"put terraform or tofu on the PATH, or allow the download of Terraform", pinned, dir, err)
	}
	return path, nil
}

// installed returns the path of the pinned Terraform in dir.
func installed(ctx context.Context, dir string) (string, error) {
	source := &fs.ExactVersion{Product: product.Terraform, Version: exact(), ExtraPaths: []string{dir}}
	return hcinstall.NewInstaller().Ensure(ctx, []src.Source{source})
}

// download puts the pinned Terraform into dir.
func download(ctx context.Context, dir string) error {
	source := &releases.ExactVersion{Product: product.Terraform, Version: exact(), InstallDir: dir}
	_, err := hcinstall.NewInstaller().Install(ctx, []src.Installable{source})
	return err
}

func exact() *version.Version { return version.Must(version.NewVersion(pinned)) }

// install fetches Terraform into a new folder within dir, and then moves it to dir
// in one step, because another process may be running or installing it too.
func install(ctx context.Context, dir string, fetch func(ctx context.Context, dir string) error) (string, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	defer os.Remove(dir) // Fails, as intended, if something was installed.
	temp, err := os.MkdirTemp(dir, "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if err := fetch(ctx, temp); err != nil {
		return "", err
	}
	// hc-install accepts some incomplete downloads.
	fetched, err := installed(ctx, temp)
	if err != nil {
		return "", fmt.Errorf("what was downloaded does not work: %w", err)
	}
	path := filepath.Join(dir, filepath.Base(fetched))
	if err := os.Rename(fetched, path); err != nil {
		// Windows does not replace a running program.
		if other, found := installed(ctx, dir); found == nil {
			return other, nil
		}
		return "", err
	}
	return path, nil
}

// IsOpenTofu reports whether the program at path is OpenTofu.
func IsOpenTofu(path string) bool {
	return strings.TrimSuffix(filepath.Base(path), ".exe") == "tofu"
}

// DevOverrides returns a CLI configuration that runs HashiCorp's providers of these
// names in dir, without installing them.
func DevOverrides(dir string, names ...string) string {
	var overrides strings.Builder
	for _, name := range names {
		fmt.Fprintf(&overrides, "    \"hashicorp/%s\" = %q\n", name, dir)
	}
	return "provider_installation {\n  dev_overrides {\n" + overrides.String() + "  }\n  direct {}\n}\n"
}

// FilesystemMirror returns a CLI configuration that installs providers only from
// the mirror in dir.
func FilesystemMirror(dir string) string {
	return fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", dir)
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
