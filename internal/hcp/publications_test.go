package hcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var testImage = registry.ImageReference{Location: testLocation, ImageID: "ami-1", CloudProvider: "aws"}

// searchFake starts an HCP in which three iterations have published the image ami-1,
// and which returns one result per page. It records the bodies of the searches.
func searchFake(t *testing.T) (fake *hcpfake.Server, endpoint *hcpfake.Endpoint, bodies func() []string) {
	t.Helper()
	build := func(regions ...string) *hcpfake.Build {
		b := &hcpfake.Build{ComponentType: "amazon-ebs.web", Platform: "aws"}
		for _, region := range regions {
			b.Artifacts = append(b.Artifacts, &hcpfake.Artifact{ExternalIdentifier: "ami-1", Region: region})
		}
		return b
	}
	fake = hcpfake.New(hcpfake.Seed{
		Clients: []hcpfake.Client{{ID: "id", Secret: testSecret}},
		Organizations: []*hcpfake.Organization{{
			ID: testOrganization, Name: "example",
			Projects: []*hcpfake.Project{{
				ID: testProject, Name: "images", Registry: hcpfake.ActiveRegistry(),
				Buckets: []*hcpfake.Bucket{
					{Name: "web", Versions: []*hcpfake.Version{
						{Name: "v1", ID: "01V1", Builds: []*hcpfake.Build{build("eu-central-1", "us-east-1"), build("us-east-1")}},
						{Name: "v2", ID: "01V2", Builds: []*hcpfake.Build{build("us-east-1")}},
					}},
					{Name: "db", Versions: []*hcpfake.Version{{Name: "v1", ID: "01DB", Builds: []*hcpfake.Build{build("us-east-1")}}}},
				},
			}},
		}},
	}, hcpfake.WithErrorf(t.Errorf), hcpfake.WithPageSize(1))

	var mu sync.Mutex
	var recorded []string
	endpoint, err := hcpfake.Listen(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/_search/external_artifact") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			mu.Lock()
			recorded = append(recorded, strings.TrimSpace(string(body)))
			mu.Unlock()
		}
		fake.ServeHTTP(w, r)
	}), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})
	return fake, endpoint, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(recorded)
	}
}

// summarize lists publications as "bucket version region,region" with the regions of
// all builds.
func summarize(publications []registry.Publication) []string {
	var summaries []string
	for _, publication := range publications {
		var regions []string
		for _, build := range publication.Iteration.Builds {
			for _, image := range build.Images {
				regions = append(regions, image.Region)
			}
		}
		summaries = append(summaries, publication.Bucket+" "+publication.Iteration.Version+" "+strings.Join(regions, ","))
	}
	return summaries
}

// All pages are read, and each iteration is found once, with all its builds.
func TestPublications(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change   func(*registry.ImageReference)
		want     []string
		requests int
		body     string
	}{
		"any region": {
			func(*registry.ImageReference) {},
			[]string{"web v1 eu-central-1,us-east-1,us-east-1", "web v2 us-east-1", "db v1 us-east-1"},
			4, `{"external_identifier":"ami-1","platform":"aws"}`,
		},
		"one region": {
			func(ref *registry.ImageReference) { ref.Region = "eu-central-1" },
			[]string{"web v1 eu-central-1"},
			1, `{"external_identifier":"ami-1","platform":"aws","region":"eu-central-1"}`,
		},
		"untracked": {
			func(ref *registry.ImageReference) { ref.ImageID = "ami-<2>&" },
			nil,
			1, `{"external_identifier":"ami-<2>&","platform":"aws"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint, bodies := searchFake(t)
			ref := testImage
			tc.change(&ref)
			publications, err := newClient(t, configFor(endpoint)).Publications(withTimeout(t, 10*time.Second), ref)
			if err != nil {
				t.Fatal(err)
			}
			if got := summarize(publications); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if n := fake.Count(hcpfake.SearchExternalArtifact); n != tc.requests || fake.BilledCount() != 0 {
				t.Errorf("%d requests, %d of them billed; want %d", n, fake.BilledCount(), tc.requests)
			}
			for _, body := range bodies() {
				if body != tc.body {
					t.Errorf("the body is %s, want %s", body, tc.body)
				}
			}
		})
	}
}

// A search is sent again with the same body, on any page: after transient failures, and
// after signing in once more because the token was rejected.
func TestSearchIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		faults []hcpfake.Fault
		tokens int
	}{
		"429":                  {[]hcpfake.Fault{{Status: 429, Times: 1}}, 1},
		"503 and cut off":      {[]hcpfake.Fault{{Status: 503, Times: 1}, {Truncate: 10, Times: 1}}, 1},
		"reset":                {[]hcpfake.Fault{{Reset: true, Times: 2}}, 1},
		"token rejected":       {[]hcpfake.Fault{{Status: 401, Times: 1}}, 2},
		"both, token at first": {[]hcpfake.Fault{{Status: 401, Times: 1}, {Status: 503, Times: 2}}, 2},
		"both, token at last":  {[]hcpfake.Fault{{Status: 503, Times: 2}, {Status: 401, Times: 1}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint, bodies := searchFake(t)
			for _, fault := range tc.faults {
				fault.Operation = hcpfake.SearchExternalArtifact
				fake.Inject(fault)
			}
			publications, err := newClient(t, configFor(endpoint)).Publications(withTimeout(t, 20*time.Second), testImage)
			if err != nil || len(publications) != 3 {
				t.Fatalf("got %d publications, %v", len(publications), err)
			}
			if n := fake.Count(hcpfake.Token); n != tc.tokens {
				t.Errorf("signed in %d times, want %d", n, tc.tokens)
			}
			if n := len(bodies()); n <= 4 {
				t.Errorf("%d requests for 4 pages", n)
			}
			for i, body := range bodies() {
				if want := `{"external_identifier":"ami-1","platform":"aws"}`; body != want {
					t.Errorf("the body of request %d is %q, want %s", i, body, want)
				}
			}
		})
	}
}

// A failure on the second page leaves no partial answer.
func TestSearchFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault hcpfake.Fault
		kind  registry.Kind
		says  string
	}{
		"forbidden":        {hcpfake.Fault{Status: 403, Body: `{"code": 7, "message": "not in your tier"}`}, registry.PermissionDenied, "not in your tier"},
		"not found":        {hcpfake.Fault{Status: 404, Body: `{"code": 5, "message": "Not Found"}`}, registry.NotFound, "Not Found"},
		"pages in circles": {hcpfake.Fault{Body: `{"artifacts": [], "pagination": {"next_page_token": "again"}}`}, registry.InvalidResponse, "pages repeat"},
		"another image":    {hcpfake.Fault{Body: `{"artifacts": [{"version": {"id": "01"}, "build": {"artifacts": [{"external_identifier": "ami-2"}]}}]}`}, registry.InvalidResponse, "another image"},
		"a secret":         {hcpfake.Fault{Body: `{"artifacts": [{"version": {"id": "` + testSecret + `"}}]}`}, registry.InvalidResponse, "so it was discarded"},
		"for ever":         {hcpfake.Fault{Status: 429}, registry.RateLimited, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint, _ := searchFake(t)
			fake.Inject(hcpfake.Fault{
				Operation: hcpfake.SearchExternalArtifact, Times: 1,
				Body: `{"artifacts": [{"version": {"id": "01"}}], "pagination": {"next_page_token": "second"}}`,
			})
			tc.fault.Operation = hcpfake.SearchExternalArtifact
			fake.Inject(tc.fault)
			publications, err := newClient(t, configFor(endpoint)).Publications(withTimeout(t, 20*time.Second), testImage)
			var failure *registry.Failure
			if !errors.As(err, &failure) || failure.Kind != tc.kind || !strings.Contains(failure.Message+failure.Error(), tc.says) {
				t.Errorf("got %v", err)
			}
			if publications != nil {
				t.Errorf("got %+v along with the error", publications)
			}
			if tc.kind == registry.RateLimited && failure.Attempts != transport.MaxAttempts {
				t.Errorf("%d attempts", failure.Attempts)
			}
		})
	}
}

func decodeSearch(t *testing.T, ref registry.ImageReference, response string) ([]registry.Publication, error) {
	t.Helper()
	var payload models.HashicorpCloudPacker20230101SearchExternalArtifactResponse
	if err := decodeResponse(strings.NewReader(response), &payload); err != nil {
		t.Fatal(err)
	}
	return publicationsOf(ref, payload.Artifacts)
}

func TestPublicationsOfFullResponse(t *testing.T) {
	const response = `{"artifacts": [null, {
	  "bucket": {"id": "01BUCKET", "name": "web", "labels": {"team": "web"}},
	  "version": {
	    "id": "01VERSION", "name": "v7", "fingerprint": "f00d", "author_id": "author", "status": "VERSION_REVOKED",
	    "revoke_at": "2026-02-01T00:00:00Z", "revocation_author": "ops", "revocation_message": "CVE", "revocation_type": "INHERITED"
	  },
	  "build": {
	    "id": "01BUILD", "version_id": "01VERSION", "component_type": "amazon-ebs.web", "platform": "aws", "status": "BUILD_DONE",
	    "labels": {"os": "ubuntu"}, "created_at": "2026-01-05T00:00:00Z",
	    "artifacts": [
	      {"id": "01A", "external_identifier": "ami-1", "region": "eu-central-1"},
	      {"id": "01B", "external_identifier": "ami-2", "region": "us-east-1"},
	      {"id": "01C", "external_identifier": "ami-1", "region": "us-east-1"}
	    ]
	  }
	}]}`
	build := registry.Build{
		ID: "01BUILD", IterationID: "01VERSION", ComponentType: "amazon-ebs.web", CloudProvider: "aws", Status: "DONE",
		Labels: map[string]string{"os": "ubuntu"}, CreatedAt: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Images: []registry.Image{{ID: "01A", ImageID: "ami-1", Region: "eu-central-1"}, {ID: "01C", ImageID: "ami-1", Region: "us-east-1"}},
	}
	want := []registry.Publication{{Bucket: "web", Iteration: &registry.Iteration{
		ID: "01VERSION", Version: "v7", Fingerprint: "f00d", AuthorID: "author", Status: "REVOKED",
		Revocation: registry.Revocation{At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Author: "ops", Message: "CVE", Type: "INHERITED"},
		Builds:     []registry.Build{build},
	}}}
	got, err := decodeSearch(t, testImage, response)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

// An iteration can be revoked while pages are read.
func TestPublicationsOfIterationRevokedMeanwhile(t *testing.T) {
	got, err := decodeSearch(t, testImage, `{"artifacts": [
	  {"version": {"id": "01", "status": "VERSION_ACTIVE"}, "build": {"id": "A"}},
	  {"version": {"id": "01", "status": "VERSION_REVOKED", "revocation_message": "CVE"}, "build": {"id": "B"}}
	]}`)
	if err != nil || len(got) != 1 || len(got[0].Iteration.Builds) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if iteration := got[0].Iteration; !iteration.Revoked(time.Now()) || iteration.Revocation.Message != "CVE" {
		t.Errorf("got %+v", iteration)
	}
}

// What was searched for is compared in NFC and regardless of case, as names are.
// Results that leave it out are about it; results that contradict it are refused.
func TestPublicationsOfUnusualResponses(t *testing.T) {
	const composed, decomposed = "\u00fcber", "u\u0308ber"
	inRegion := testImage
	inRegion.Region = "eu-central-1"
	named := testImage
	named.ImageID = composed
	result := func(build string) string {
		return `{"artifacts": [{"version": {"id": "01"}, "build": ` + build + `}]}`
	}
	for name, tc := range map[string]struct {
		ref      registry.ImageReference
		response string
		want     []string // of summarize
		problem  string
	}{
		"empty":              {testImage, `{}`, nil, ""},
		"null":               {testImage, `{"artifacts": null, "pagination": null}`, nil, ""},
		"no version":         {testImage, `{"artifacts": [{}]}`, nil, "without a version"},
		"no ID":              {testImage, `{"artifacts": [{"version": {"name": "v7"}}]}`, nil, "without an ID"},
		"no bucket":          {testImage, result(`null`), []string{"  "}, ""},
		"no build":           {inRegion, result(`null`), []string{"  eu-central-1"}, ""},
		"no images":          {inRegion, result(`{"artifacts": []}`), []string{"  eu-central-1"}, ""},
		"null images":        {testImage, result(`{"artifacts": [null]}`), []string{"  "}, ""},
		"no platform":        {testImage, result(`{"artifacts": [{"external_identifier": "ami-1", "region": "r"}]}`), []string{"  r"}, ""},
		"no region":          {inRegion, result(`{"artifacts": [{"external_identifier": "ami-1"}]}`), []string{"  "}, ""},
		"other case":         {inRegion, result(`{"platform": "AWS", "artifacts": [{"external_identifier": "AMI-1", "region": "EU-central-1"}]}`), []string{"  EU-central-1"}, ""},
		"other form":         {named, result(`{"artifacts": [{"external_identifier": "` + decomposed + `", "region": "r"}]}`), []string{"  r"}, ""},
		"one of two regions": {inRegion, result(`{"artifacts": [{"external_identifier": "ami-1", "region": "us-east-1"}, {"external_identifier": "ami-1", "region": "eu-central-1"}]}`), []string{"  eu-central-1"}, ""},
		"another image":      {testImage, result(`{"artifacts": [{"external_identifier": "ami-10"}]}`), nil, "another image"},
		"image without ID":   {testImage, result(`{"artifacts": [{"region": "r"}]}`), nil, "another image"},
		"another region":     {inRegion, result(`{"artifacts": [{"external_identifier": "ami-1", "region": "us-east-1"}]}`), nil, "another image"},
		"another platform":   {testImage, result(`{"platform": "azure", "artifacts": [{"external_identifier": "ami-1"}]}`), nil, "another image"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeSearch(t, tc.ref, tc.response)
			if !slices.Equal(summarize(got), tc.want) {
				t.Errorf("got %q, want %q", summarize(got), tc.want)
			}
			var failure *registry.Failure
			switch {
			case tc.problem == "" && err == nil:
			case tc.problem != "" && errors.As(err, &failure) && failure.Kind == registry.InvalidResponse && strings.Contains(err.Error(), tc.problem):
			default:
				t.Errorf("got error %v", err)
			}
		})
	}
}

// Results of one iteration become one publication, whatever is between them, and a build
// that repeats is one build.
func TestPublicationsAreGrouped(t *testing.T) {
	result := func(version, build string) map[string]any {
		return map[string]any{
			"bucket": map[string]any{"name": "web"}, "version": map[string]any{"id": version, "name": version},
			"build": map[string]any{"id": build, "artifacts": []any{map[string]any{"external_identifier": "ami-1", "region": build}}},
		}
	}
	response, err := json.Marshal(map[string]any{"artifacts": []any{
		result("v1", "a"), result("v2", "b"), result("v1", "c"), result("v1", "a"), result("v2", "b"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeSearch(t, testImage, string(response))
	if want := []string{"web v1 a,c", "web v2 b"}; err != nil || !slices.Equal(summarize(got), want) {
		t.Errorf("got %q, %v; want %q", summarize(got), err, want)
	}
}
