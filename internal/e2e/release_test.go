package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

var dist = flag.String("dist", "", "the `directory` in the checkout with a release to test, as make release-snapshot builds it")

// platforms are the platforms that a release is built for.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// release is what goreleaser built into dist.
type release struct{ version string }

func openRelease(t *testing.T) release {
	t.Helper()
	if *dist == "" {
		t.Skip("there is no release to test: make release-snapshot builds one and runs this")
	}
	var metadata struct{ Version string }
	if err := json.Unmarshal(read(t, filepath.Join(*dist, "metadata.json")), &metadata); err != nil {
		t.Fatal(err)
	}
	return release{metadata.Version}
}

// file returns the name of the release's file with the given ending.
func (r release) file(ending string) string {
	return "terraform-provider-packer_" + r.version + "_" + ending
}

// The checksums are those of the files that the registries read, and of no other.
func TestReleaseChecksums(t *testing.T) {
	r := openRelease(t)
	manifest := r.file("manifest.json")
	want := []string{manifest}
	for _, platform := range platforms {
		want = append(want, r.file(platform+".zip"))
	}
	var got []string
	for line := range strings.Lines(string(read(t, filepath.Join(*dist, r.file("SHA256SUMS"))))) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		got = append(got, name)
		file := filepath.Join(*dist, name)
		if name == manifest { // It is published from the root of the module.
			file = "terraform-registry-manifest.json"
		}
		if digest := sha256.Sum256(read(t, file)); sum != hex.EncodeToString(digest[:]) {
			t.Errorf("%s has the checksum %x, not %s", name, digest, sum)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("there are checksums of\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each archive contains the license and a provider for its platform that needs no
// C library and reveals nothing about the machine that built it.
func TestReleaseArchives(t *testing.T) {
	r := openRelease(t)
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			goos, goarch, _ := strings.Cut(platform, "_")
			program := "terraform-provider-packer_v" + r.version
			if goos == "windows" {
				program += ".exe"
			}
			archive := filepath.Join(*dist, r.file(platform+".zip"))
			files := unzip(t, filepath.Join(checkout, archive))
			if len(files) != 2 || !bytes.Equal(files["LICENSE"], read(t, "LICENSE")) {
				t.Errorf("%d files, or not the license", len(files))
			}
			info, err := buildinfo.Read(bytes.NewReader(files[program]))
			if err != nil {
				t.Fatalf("%s: %v", program, err)
			}
			settings := make(map[string]string)
			for _, setting := range info.Settings {
				settings[setting.Key] = setting.Value
			}
			for key, want := range map[string]string{"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0", "-trimpath": "true"} {
				if got := settings[key]; got != want {
					t.Errorf("built with %s=%s, want %s", key, got, want)
				}
			}

			var bill struct { // in the format of CycloneDX
				Metadata struct {
					Component struct{ PURL string }
				}
				Components []struct{ PURL string }
			}
			if err := json.Unmarshal(read(t, archive+".cdx.json"), &bill); err != nil {
				t.Fatal(err)
			}
			if got := bill.Metadata.Component.PURL; got != "pkg:golang/"+info.Main.Path+"@v"+r.version {
				t.Errorf("the bill is of %s", got)
			}
			if got, want := len(bill.Components), len(info.Deps)+1; got != want {
				t.Errorf("the bill names %d modules, want %d", got, want)
			}
		})
	}
}

func unzip(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	files := make(map[string][]byte)
	for _, file := range r.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[file.Name], err = io.ReadAll(content); err != nil {
			t.Fatal(err)
		}
		content.Close()
	}
	return files
}

// Terraform can install the archive from a mirror, and read an iteration with the
// provider in it.
func TestReleaseFromMirror(t *testing.T) {
	r, address := openRelease(t), sourceAddress(t)
	w, hcp := newWorkspace(t, requireProvider(t)+readConfig+`
output "image" {
  value = one([for image in data.packer_image_iteration.test.images : image.image_id if image.region == "eu-central-1"])
}
`)
	archive := r.file(runtime.GOOS + "_" + runtime.GOARCH + ".zip")
	mirror := filepath.Join("mirror", filepath.FromSlash(address))
	w.write(t, filepath.Join(mirror, archive), string(read(t, filepath.Join(*dist, archive))))
	w.write(t, "terraform.rc", terraformcli.FilesystemMirror(filepath.Join(w.dir, "mirror")))

	w.mustRun(t, "init", "-input=false")
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	if image := w.mustRun(t, "output", "image"); image != `"ami-0a7c3e9d1f5b28460"` {
		t.Errorf("the image is %s", image)
	}
	for _, request := range hcp.Requests() {
		agent := request.Header.Get("User-Agent")
		if !strings.HasPrefix(agent, "terraform-provider-packer/"+r.version+" ") {
			t.Errorf("%s came from %s", request.Operation, agent)
		}
	}
}
