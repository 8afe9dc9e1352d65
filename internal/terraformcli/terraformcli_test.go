package terraformcli

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// script is a Terraform as far as Find can tell.
const script = "#!/bin/sh\necho '{\"terraform_version\":\"" + pinned + "\"}'\n"

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkout changes to a new checkout, and sets a PATH with only the named programs.
func checkout(t *testing.T, programs ...string) (root, bin string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not run the scripts that stand for Terraform")
	}
	root, bin = t.TempDir(), t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module example\n")
	t.Chdir(root)
	for _, name := range programs {
		write(t, filepath.Join(bin, name), script)
	}
	t.Setenv("PATH", bin)
	return root, bin
}

func TestFindOnThePath(t *testing.T) {
	for _, c := range []struct {
		programs []string
		want     string
		openTofu bool
	}{
		{[]string{"terraform"}, "terraform", false},
		{[]string{"tofu", "terraform"}, "terraform", false},
		{[]string{"tofu"}, "tofu", true},
	} {
		t.Run(strings.Join(c.programs, " "), func(t *testing.T) {
			root, bin := checkout(t, c.programs...)
			got, err := Find(t.Context())
			if want := filepath.Join(bin, c.want); err != nil || got != want || IsOpenTofu(got) != c.openTofu {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
			requireNoFolder(t, root)
		})
	}
}

func TestFindInstalled(t *testing.T) {
	root, _ := checkout(t)
	want := write(t, filepath.Join(root, folder, "terraform"), script)
	if got, err := Find(t.Context()); err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestFindFails(t *testing.T) {
	root, _ := checkout(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Find(ctx)
	requireRemedy(t, err, context.Canceled.Error())
	requireNoFolder(t, root)

	// No folder can be made where there is a file.
	write(t, filepath.Join(root, folder), "")
	_, err = Find(ctx)
	requireRemedy(t, err, "mkdir "+filepath.Join(root, folder))
}

func requireRemedy(t *testing.T, err error, cause string) {
	t.Helper()
	for _, want := range []string{
		"neither terraform nor tofu is on the PATH, and Terraform " + pinned + " could not be installed into ",
		cause,
		"; put terraform or tofu on the PATH, or allow the download",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func requireNoFolder(t *testing.T, root string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, folder)); !os.IsNotExist(err) {
		t.Errorf("there is a folder for an installation (%v)", err)
	}
}

// Test packages run in parallel processes, which may all find no Terraform at once.
func TestInstallAtOnce(t *testing.T) {
	root, _ := checkout(t)
	dir, program := filepath.Join(root, folder), write(t, filepath.Join(t.TempDir(), "terraform"), script)
	var fetching, done sync.WaitGroup
	fetching.Add(2)
	for range 2 {
		done.Go(func() {
			got, err := install(t.Context(), dir, func(_ context.Context, temp string) error {
				fetching.Done()
				fetching.Wait()
				// A link, because what is being written cannot be run.
				return os.Symlink(program, filepath.Join(temp, "terraform"))
			})
			if want := filepath.Join(dir, "terraform"); err != nil || got != want {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
		})
	}
	done.Wait()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "terraform" {
		t.Errorf("the folder holds %v, %v; want terraform alone", files, err)
	}
}

func TestInstallChecksTheDownload(t *testing.T) {
	root, _ := checkout(t)
	_, err := install(t.Context(), filepath.Join(root, folder), func(_ context.Context, temp string) error {
		return os.WriteFile(filepath.Join(temp, "terraform"), []byte(script[:12]), 0o700)
	})
	if err == nil || !strings.Contains(err.Error(), "what was downloaded does not work") {
		t.Errorf("got %v, want an error for the incomplete program", err)
	}
	requireNoFolder(t, root)
}
