package hcpfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/klauspost/compress/zstd"
)

// maxSBOM, in bytes, is the length to which an uploaded SBOM may decompress.
const maxSBOM = 64 << 20

// uploadSBOM stores an SBOM of a running build. One of the same name is replaced,
// which is a choice, so that a build that runs again can upload it again.
func (c *call) uploadSBOM(body *models.HashicorpCloudPacker20230101UploadSbomBody) (any, error) {
	switch {
	case *c.build.Status != buildRunning:
		return nil, invalidf("This build's status isn't Running, so sboms can not be uploaded")
	case body.Name != "" && !bucketNamePattern.MatchString(body.Name):
		return nil, invalidf("invalid sbom name %q: want 3 to 36 letters, digits and hyphens", body.Name)
	case body.Format == nil:
		return nil, invalidf("the format must be CYCLONEDX or SPDX")
	}
	document, err := decompressSBOM(body.CompressedSbom)
	if err != nil {
		return nil, invalidf("%v", err)
	}
	sbom := &SBOM{ID: c.newID(), BuildID: c.build.ID, Name: body.Name, Format: *body.Format, Document: string(document)}
	if sbom.Name == "" {
		sbom.Name = sbom.ID
	}
	c.bucket.SBOMs = slices.DeleteFunc(nonNil(c.bucket.SBOMs), func(old *SBOM) bool {
		return old.BuildID == sbom.BuildID && old.Name == sbom.Name
	})
	c.bucket.SBOMs = append(c.bucket.SBOMs, sbom)
	return &models.HashicorpCloudPacker20230101UploadSbomResponse{Sbom: sbom.view()}, nil
}

// decompressSBOM returns the JSON document, which must list packages: as
// components in the format CYCLONEDX, as packages in SPDX.
func decompressSBOM(compressed []byte) ([]byte, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSBOM))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	document, err := decoder.DecodeAll(compressed, nil)
	if err != nil {
		return nil, fmt.Errorf("decompressing the sbom: %w", err)
	}
	var list struct{ Components, Packages []any }
	if err := json.Unmarshal(document, &list); err != nil {
		return nil, fmt.Errorf("parsing the sbom: %w", err)
	}
	if len(list.Components)+len(list.Packages) == 0 {
		return nil, errors.New("sbom contains no packages")
	}
	return document, nil
}

func (c *call) listSBOMs() (any, error) {
	list := slices.DeleteFunc(nonNil(c.bucket.SBOMs), func(sbom *SBOM) bool { return sbom.BuildID != c.build.ID })
	return &models.HashicorpCloudPacker20230101ListSbomsResponse{Sboms: mapSlice(list, (*SBOM).view)}, nil
}

// getSBOM returns the URL of the document. As in HCP, anyone who knows it can use it without a token.
func (c *call) getSBOM() (any, error) {
	name := c.params["sbom"]
	sbom := find(c.bucket.SBOMs, func(sbom *SBOM) bool { return sbom.BuildID == c.build.ID && sbom.Name == name })
	if sbom == nil {
		return nil, notFoundf("The sbom with identifier %s does not exist.", name)
	}
	return &models.HashicorpCloudPacker20230101GetSbomResponse{
		DownloadURL: fmt.Sprintf("https://%s/packer/sboms/%s", c.request.Host, sbom.ID),
	}, nil
}

func (c *call) downloadSBOM() (any, error) {
	for _, org := range nonNil(c.state.Organizations) {
		for _, p := range nonNil(org.Projects) {
			for _, b := range nonNil(p.Buckets) {
				if sbom := find(b.SBOMs, func(sbom *SBOM) bool { return sbom.ID == c.params["sbom"] }); sbom != nil {
					return json.RawMessage(sbom.Document), nil
				}
			}
		}
	}
	return nil, notFoundf("no such document")
}

func (b *Bucket) dropSBOMs(build *Build) {
	b.SBOMs = slices.DeleteFunc(nonNil(b.SBOMs), func(sbom *SBOM) bool { return sbom.BuildID == build.ID })
}

func (s *SBOM) view() *models.HashicorpCloudPacker20230101Sbom {
	return &models.HashicorpCloudPacker20230101Sbom{ID: s.ID, Name: s.Name, Format: &s.Format}
}
