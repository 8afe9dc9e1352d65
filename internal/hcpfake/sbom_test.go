package hcpfake_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/klauspost/compress/zstd"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestSBOM(t *testing.T) {
	fake, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "new"))(t)
	build := must(clients.createBuild("ubuntu", "new", &createBuild{ComponentType: "x"}))(t).Payload.Build
	encoder, err := zstd.NewWriter(nil)
	check(t, err)
	upload := func(name, document string) (*models.HashicorpCloudPacker20230101Sbom, error) {
		got, err := send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID, Body: &uploadSBOM{
			Name: name, Format: models.HashicorpCloudPacker20230101SbomFormatCYCLONEDX.Pointer(), CompressedSbom: encoder.EncodeAll([]byte(document), nil),
		}}, packer_service.NewPackerServiceUploadSbomParams(), clients.packer.PackerServiceUploadSbom)
		if err != nil {
			return nil, err
		}
		return got.Payload.Sbom, nil
	}
	const document = `{"components":[{"name":"openssl"}]}`
	_, err = upload("", document)
	wantError(t, err, 400, 3, "This build's status isn't Running, so sboms can not be uploaded")
	succeeds(clients.updateBuild("ubuntu", "new", build.ID, &updateBuild{Status: buildRunning.Pointer()}))(t)
	_, err = upload("", `{"components":[],"packages":null}`)
	wantError(t, err, 400, 3, "sbom contains no packages")
	_, err = upload("a_b", document)
	wantError(t, err, 400, 3, `invalid sbom name "a_b": want 3 to 36 letters, digits and hyphens`)
	_, err = send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID, Body: &uploadSBOM{CompressedSbom: []byte("x")}},
		packer_service.NewPackerServiceUploadSbomParams(), clients.packer.PackerServiceUploadSbom)
	wantError(t, err, 400, 3, "the format must be CYCLONEDX or SPDX")

	unnamed := must(upload("", document))(t)
	equal(t, "the name of one without", unnamed.Name, unnamed.ID)
	succeeds(upload("named", document))(t)
	// Longer than the 1.4 MB that HCP is known to accept, but it compresses well.
	long := `{"packages":["` + strings.Repeat("x", 2<<20) + `"]}`
	succeeds(upload("named", long))(t)
	list := must(send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID}, packer_service.NewPackerServiceListSbomsParams(), clients.packer.PackerServiceListSboms))(t)
	equal(t, "the number of SBOMs", len(list.Payload.Sboms), 2)

	one := must(send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID, SbomName: "named"}, packer_service.NewPackerServiceGetSbomParams(), clients.packer.PackerServiceGetSbom))(t)
	// Another build has its own SBOM of that name, which is deleted with it.
	first := build
	build = must(clients.createBuild("ubuntu", "new", &createBuild{ComponentType: "y", Status: buildRunning.Pointer()}))(t).Payload.Build
	succeeds(upload("named", document))(t)
	succeeds(send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID}, packer_service.NewPackerServiceDeleteBuildParams(), clients.packer.PackerServiceDeleteBuild))(t)
	build = first
	fake.Update(func(s *hcpfake.Seed) {
		equal(t, "the number of SBOMs", len(s.Project(projectID).Bucket("ubuntu").SBOMs), 2)
	})
	u, err := url.Parse(one.Payload.DownloadURL)
	check(t, err)
	w := serve(fake, httptest.NewRequest(http.MethodGet, u.Path, nil)) // without a token
	equal(t, "the document", w.Body.String() == long+"\n", true)
	wantStatus(t, serve(fake, httptest.NewRequest(http.MethodGet, "/packer/sboms/x", nil)), 404, 5)
	_, err = send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID, SbomName: "x"}, packer_service.NewPackerServiceGetSbomParams(), clients.packer.PackerServiceGetSbom)
	wantError(t, err, 404, 5, "The sbom with identifier x does not exist.")
}
