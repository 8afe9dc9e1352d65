package hcpfake_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const searchPath = packer2023 + "/_search/external_artifact"

func postSearch(t *testing.T, fake *hcpfake.Server, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, searchPath, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+signIn(t, fake))
	return serve(fake, r)
}

// search returns the results as "bucket version component-type".
func search(t *testing.T, fake *hcpfake.Server, body string) []string {
	t.Helper()
	w := postSearch(t, fake, body)
	equal(t, "the status of "+body, w.Code, 200)
	results := []string{}
	for _, a := range decode[models.HashicorpCloudPacker20230101SearchExternalArtifactResponse](t, w).Artifacts {
		results = append(results, a.Bucket.Name+" "+a.Version.Name+" "+a.Build.ComponentType)
	}
	return results
}

// searchFake returns a fake in which ubuntu v1 and v2 and debian v1 have published
// the image shared, ubuntu v1 for gce in two regions and also for azure.
func searchFake(t *testing.T, opts ...hcpfake.Option) *hcpfake.Server {
	fake := newFake(t, opts...)
	build := func(component, platform string, regions ...string) *hcpfake.Build {
		b := &hcpfake.Build{ComponentType: component, Platform: platform, Artifacts: []*hcpfake.Artifact{nil}}
		for _, region := range regions {
			b.Artifacts = append(b.Artifacts, &hcpfake.Artifact{Region: region, ExternalIdentifier: "shared"})
		}
		return b
	}
	fake.Update(func(s *hcpfake.Seed) {
		p := s.Project(projectID)
		ubuntu := p.Bucket("ubuntu")
		v1, v2 := ubuntu.Version("v1"), ubuntu.Version("v2")
		v1.Builds = append(v1.Builds, nil, build("gcp", "gce", "us", "eu"), build("arm", "azure", "eu"))
		v2.Builds = append(v2.Builds, build("gcp", "gce", "us"))
		p.Buckets = append(p.Buckets, nil, &hcpfake.Bucket{
			Name: "debian", Labels: map[string]string{"team": "base"},
			Versions: []*hcpfake.Version{nil, {Name: "v1", Builds: []*hcpfake.Build{build("gcp", "gce", "eu")}}},
		})
	})
	return fake
}

func TestSearch(t *testing.T) {
	fake := searchFake(t)
	for body, want := range map[string]string{
		`{"external_identifier":"ami-us-v2"}`:                                                  "ubuntu v2 amazon-ebs.ubuntu",
		`{"external_identifier":"ami-us-v2","platform":"aws","region":"us-east-1"}`:            "ubuntu v2 amazon-ebs.ubuntu",
		`{"external_identifier":"ami-us-v2","platform":"aws","region":"eu-central-1"}`:         "",
		`{"external_identifier":"ami-us-v2","platform":"gce"}`:                                 "",
		`{"external_identifier":"AMI-us-v2"}`:                                                  "",
		`{"external_identifier":"unknown","platform":"aws"}`:                                   "",
		`{"external_identifier":"shared"}`:                                                     "ubuntu v1 gcp, ubuntu v1 arm, ubuntu v2 gcp, debian v1 gcp",
		`{"external_identifier":"shared","platform":"","region":""}`:                           "ubuntu v1 gcp, ubuntu v1 arm, ubuntu v2 gcp, debian v1 gcp",
		`{"external_identifier":"shared","region":"eu"}`:                                       "ubuntu v1 gcp, ubuntu v1 arm, debian v1 gcp",
		`{"external_identifier":"shared","platform":"gce","region":"us","unknown":[{"x": 1}]}`: "ubuntu v1 gcp, ubuntu v2 gcp",
	} {
		equal(t, "the result of "+body, strings.Join(search(t, fake, body), ", "), want)
	}
	if w := postSearch(t, fake, `{"external_identifier":"unknown"}`); !strings.Contains(w.Body.String(), `"artifacts":[]`) {
		t.Errorf("got %s, want an empty list", w.Body)
	}
	for _, body := range []string{``, `{`, `[]`, `{}`, `{"platform":"aws"}`, `{"external_identifier":7}`} {
		wantStatus(t, postSearch(t, fake, body), 400, 3)
	}
	wantStatus(t, serve(fake, httptest.NewRequest(http.MethodPost, searchPath, strings.NewReader(`{}`))), 401, 16)
	equal(t, "the billed requests", fake.BilledCount(), 0)
	fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry.Config.Activated = false })
	wantStatus(t, postSearch(t, fake, `{"external_identifier":"shared"}`), 400, 9)
}

func TestSearchPages(t *testing.T) {
	fake := searchFake(t, hcpfake.WithPageSize(2))
	clients := connect(t, listen(t, fake), reader, secret)
	var pages []string
	params := packer_service.NewPackerServiceSearchExternalArtifactParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).
		WithBody(&models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: "shared"})
	for {
		got, err := clients.packer.PackerServiceSearchExternalArtifact(params, nil)
		check(t, err)
		page := ""
		for _, a := range got.Payload.Artifacts {
			page += a.Bucket.Name + " " + a.Version.Name + ","
		}
		pages = append(pages, page)
		if got.Payload.Pagination.NextPageToken == "" {
			break
		}
		params.WithPaginationNextPageToken(&got.Payload.Pagination.NextPageToken)
	}
	equal(t, "the pages", strings.Join(pages, " "), "ubuntu v1,ubuntu v1, ubuntu v2,debian v1,")

	one := int64(1)
	got, err := clients.packer.PackerServiceSearchExternalArtifact(params.WithPaginationNextPageToken(nil).WithPaginationPageSize(&one), nil)
	check(t, err)
	equal(t, "the size of a page of 1", len(got.Payload.Artifacts), 1)
}

func TestSearchResult(t *testing.T) {
	now := start
	fake := searchFake(t, hcpfake.WithClock(func() time.Time { return now }))
	check(t, fake.Revoke(hcpfake.Revocation{
		ProjectID: projectID, Bucket: "ubuntu", Version: "v2", At: start.Add(time.Hour), Author: "someone", Message: "why",
	}))
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Bucket("ubuntu").Version("v2").Builds[0].Metadata = &models.HashicorpCloudPacker20230101BuildMetadata{}
	})
	result := func() *models.HashicorpCloudPacker20230101ExternalArtifact {
		w := postSearch(t, fake, `{"external_identifier":"ami-us-v2"}`)
		return decode[models.HashicorpCloudPacker20230101SearchExternalArtifactResponse](t, w).Artifacts[0]
	}
	got := result()
	equal(t, "the bucket's label", got.Bucket.Labels["team"], "platform")
	equal(t, "the fingerprint", got.Version.Fingerprint, "fp-v2")
	equal(t, "the status", *got.Version.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED)
	equal(t, "revoke_at", got.Version.RevokeAt.String(), "2024-11-04T13:00:00.000Z")
	equal(t, "the revocation's author", got.Version.RevocationAuthor, "someone")
	equal(t, "the revocation's message", got.Version.RevocationMessage, "why")
	equal(t, "the revocation's type", *got.Version.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeMANUAL)
	equal(t, "the platform", got.Build.Platform, "aws")
	equal(t, "the build's version", got.Build.VersionID, got.Version.ID)
	equal(t, "the build's label", got.Build.Labels["version"], "v2")
	equal(t, "the number of artifacts", len(got.Build.Artifacts), 2)
	equal(t, "the second region", got.Build.Artifacts[1].Region, "eu-central-1")
	if got.Build.Metadata != nil { // Only GetVersion and GetBuild return it.
		t.Error("the build has metadata")
	}
	now = start.Add(time.Hour)
	equal(t, "the status when due", *result().Version.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
}
