package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
)

// pack makes an archive that holds a file with this name, which is the program
// that runs the test.
func pack(t *testing.T, name string) (archive string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for name, text := range map[string][]byte{"LICENSE": []byte("MPL-2.0"), name: program} {
		file, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive = filepath.Join(t.TempDir(), "provider.zip")
	if err := os.WriteFile(archive, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return archive
}

func TestBill(t *testing.T) {
	archive := pack(t, "terraform-provider-packer_v1.2.3")
	var texts [2][]byte
	for i := range texts {
		document := filepath.Join(t.TempDir(), "bill.json")
		if err := run("1.2.3+local", archive, document); err != nil {
			t.Fatal(err)
		}
		var err error
		if texts[i], err = os.ReadFile(document); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Errorf("two bills of one archive differ:\n%s\n%s", texts[0], texts[1])
	}

	var bill cyclonedx.BOM
	if err := json.Unmarshal(texts[0], &bill); err != nil {
		t.Fatal(err)
	}
	if got, want := bill.Metadata.Component.PackageURL, "pkg:golang/github.com/hashicorp/terraform-provider-packer@v1.2.3%2Blocal"; got != want {
		t.Errorf("it is of %s, want %s", got, want)
	}
	parts := make(map[string]string)
	for _, part := range *bill.Components {
		parts[part.PackageURL] = part.Version
	}
	self, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test does not know what it was built from")
	}
	if want := strings.TrimPrefix(self.GoVersion, "go"); parts["pkg:golang/stdlib@"+want] != want {
		t.Errorf("no stdlib %s in %v", want, parts)
	}
	const library = "github.com/CycloneDX/cyclonedx-go"
	for _, module := range self.Deps {
		if module.Path == library && parts["pkg:golang/"+strings.ToLower(library)+"@"+module.Version] != module.Version {
			t.Errorf("no %s %s in %v", library, module.Version, parts)
		}
	}
	if len(parts) != len(self.Deps)+1 {
		t.Errorf("%d parts, want stdlib and %d modules", len(parts), len(self.Deps))
	}
}

func TestNoProvider(t *testing.T) {
	err := run("1.2.3", pack(t, "program"), filepath.Join(t.TempDir(), "bill.json"))
	if err == nil || !strings.HasSuffix(err.Error(), "provider.zip: it holds no provider") {
		t.Errorf("got %v", err)
	}
}
