// Command sbom writes the bill of materials of a release: the modules that the
// provider in an archive was built from, as the Go linker recorded them. It says
// nothing that is not the same each time the archive is built.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

func main() {
	version := flag.String("version", "", "the provider's `version`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: sbom -version VERSION ARCHIVE DOCUMENT")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 || *version == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*version, flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// run writes the bill of the archive, in CycloneDX's JSON, to the document.
func run(version, archive, document string) error {
	content, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	info, err := built(content)
	if err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	digest := sha256.Sum256(content)
	provider := component(cyclonedx.ComponentTypeApplication, info.Main.Path, "v"+version)
	provider.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(digest[:])}}

	// Vulnerabilities of the standard library are known under this name.
	parts := []cyclonedx.Component{
		component(cyclonedx.ComponentTypeLibrary, "stdlib", strings.TrimPrefix(info.GoVersion, "go")),
	}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		parts = append(parts, component(cyclonedx.ComponentTypeLibrary, module.Path, module.Version))
	}

	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &provider}
	bom.Components = &parts
	var text bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return err
	}
	return os.WriteFile(document, text.Bytes(), 0o644) //nolint:gosec // it is published
}

// built returns what the provider in a zip archive was built from.
func built(archive []byte) (*buildinfo.BuildInfo, error) {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	for _, file := range files.File {
		if !strings.HasPrefix(file.Name, "terraform-provider-") {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		program, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return buildinfo.Read(bytes.NewReader(program))
	}
	return nil, errors.New("it holds no provider")
}

func component(kind cyclonedx.ComponentType, name, version string) cyclonedx.Component {
	// Package URLs of Go modules are in lower case, and a plus is escaped.
	purl := "pkg:golang/" + strings.ToLower(name) + "@" + url.QueryEscape(version)
	return cyclonedx.Component{Type: kind, BOMRef: purl, Name: name, Version: version, PackageURL: purl}
}
