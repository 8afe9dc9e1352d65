package hcpfake_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/hcplive"
)

// TestContract checks the provider's assumptions about HCP against the fake and, if
// configured (see package hcplive), against HCP. It only reads.
func TestContract(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		for name, clientID := range map[string]string{"fake": reader, "fake with a project-level principal": projectOnly} {
			t.Run(name, func(t *testing.T) {
				fake, h := fakeHCP(t, clientID, opts...)
				checkAssumptions(t, h)
				equal(t, "the number of channel reads, which HCP bills", fake.BilledCount(), 6)
			})
		}
	})
	t.Run("live", func(t *testing.T) { checkAssumptions(t, newHCP(t, hcplive.Open(t))) })
}

// TestWriteContract checks what the fake does with writes against the fake and, if
// PACKER_ACC_WRITE is set too, against HCP. It works in a bucket of its own, which
// it deletes.
func TestWriteContract(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		_, h := fakeHCP(t, projectOnly, append(opts, ticking())...)
		checkPublishing(t, h)
	})
	t.Run("live", func(t *testing.T) {
		if os.Getenv("PACKER_ACC_WRITE") == "" {
			t.Skip("PACKER_ACC_WRITE is not set")
		}
		checkPublishing(t, newHCP(t, hcplive.Open(t)))
	})
}

// checkPublishing publishes a version, assigns it, revokes it and restores it.
func checkPublishing(t *testing.T, h *hcp) {
	bucket := "contract-" + strings.ToLower(rand.Text()[:12])
	bucketOf := h.at(to{BucketName: bucket})
	succeeds(h.createBucket(&createBucket{Name: bucket, Labels: map[string]string{"by": "contract"}}))(t)
	t.Cleanup(func() {
		_, err := send(bucketOf, packer_service.NewPackerServiceDeleteBucketParams(), h.packer.PackerServiceDeleteBucket)
		check(t, err)
	})
	_, err := h.createBucket(&createBucket{Name: bucket})
	wantError(t, err, 409, 6, "Error: The bucket with identifier "+bucket+" already exists.")
	channel := func(name string) *models.HashicorpCloudPacker20230101Channel {
		t.Helper()
		list := must(send(bucketOf, packer_service.NewPackerServiceListChannelsParams(), h.packer.PackerServiceListChannels))(t).Payload.Channels
		i := slices.IndexFunc(list, func(ch *models.HashicorpCloudPacker20230101Channel) bool { return ch.Name == name })
		if i < 0 {
			t.Fatalf("there is no channel %s", name)
		}
		return list[i]
	}
	latest := channel("latest")
	if !latest.Managed || !latest.Restricted || latest.Version != nil {
		t.Errorf("latest is %+v, want it managed, restricted and unassigned", latest)
	}
	_, err = h.assign(bucket, "latest", "x")
	wantError(t, err, 400, 9, `Can't update channel assignment on channel "latest". This channel is managed by HCP Packer`)
	succeeds(h.createChannel(bucket, &createChannel{Name: "stable"}))(t)
	_, err = h.createChannel(bucket, &createChannel{Name: "stable"})
	wantError(t, err, 409, 6, "Error: The channel with identifier stable already exists.")

	v := must(h.createVersion(bucket, "first"))(t).Payload.Version
	equal(t, "the name", v.Name, "v0")
	build := must(h.createBuild(bucket, "first", &createBuild{ComponentType: "file.base", Platform: "packer.file", Status: buildRunning.Pointer()}))(t).Payload.Build
	_, err = h.updateBuild(bucket, "first", build.ID, &updateBuild{Platform: "other"})
	wantError(t, err, 409, 6, "You cannot override a build's Platform if it has already been set.")
	succeeds(h.updateBuild(bucket, "first", build.ID, &updateBuild{
		Status: buildDone.Pointer(), Artifacts: []*artifact{{ExternalIdentifier: "x", Region: "y"}},
	}))(t)
	v = must(h.sdkClients.version(bucket, "first"))(t).Payload.Version
	equal(t, "the name", v.Name, "v1")
	equal(t, "the status", deref(v.Status), models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	equal(t, "the platform", v.Builds[0].Platform, "packer.file")
	equal(t, "the version of latest", channel("latest").Version.Name, "v1")
	succeeds(h.assign(bucket, "stable", "first"))(t)

	restore := func() error {
		_, err := h.updateVersion(bucket, "first", &updateVersion{Restore: true})
		return err
	}
	wantError(t, restore(), 400, 9, "Restoring does not apply. This version is valid and it is not scheduled to be revoked. ")
	succeeds(h.updateVersion(bucket, "first", &updateVersion{RevokeIn: "0s", RevocationMessage: "why"}))(t)
	v = must(h.sdkClients.version(bucket, "first"))(t).Payload.Version
	equal(t, "the status", deref(v.Status), models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	for _, name := range []string{"latest", "stable"} {
		if ch := channel(name); ch.Version != nil {
			t.Errorf("%s is assigned to %s", name, ch.Version.Name)
		}
	}
	check(t, restore())
	v = must(h.sdkClients.version(bucket, "first"))(t).Payload.Version
	equal(t, "the status", deref(v.Status), models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	equal(t, "the version of latest", channel("latest").Version.Name, "v1")
}

func checkAssumptions(t *testing.T, h *hcp) {
	for _, assumption := range []struct {
		name  string
		holds func(*testing.T, *hcp)
	}{
		{"client credentials are exchanged for a bearer token", clientCredentials},
		{"a wrong secret is refused as invalid_client", wrongSecret},
		{"requests without a valid token are refused", invalidToken},

		{"a project has a creation time and its organization as parent", projectParent},
		{"projects are listed in pages or listing is denied", projectPages},
		{"an unknown project is not found or denied", unknownProject},

		{"an active registry is activated", activeRegistry},
		{"buckets are listed in pages", bucketPages},
		{"all channels are listed at once, including latest", channelList},
		{"a missing bucket is not found", missingBucket},
		{"a missing channel is not found", missingChannel},
		{"a missing version is refused as aborted", missingVersion},
		{"a missing build is not found", missingBuild},
		{"an error has a code, a message and details", errorShape},

		{"a channel contains its version with builds and artifacts", embedding},
		{"enumerations and formats are those of the SDK", validity},
		{"identifiers are ULIDs", identifiers},
		{"complete versions are named v1, v2 and so on", versionName},
		{"times are in RFC 3339 format and UTC", dates},
		{"unset fields are absent or null, but lists are not null", unsetFields},
		{"builds have platforms, and artifacts regions and identifiers", images},
		{"GetVersion returns the same version as the channel", sameVersion},
		{"a search finds an image's bucket, version and build", searchImage},
		{"a search for an unknown image finds nothing", searchUnknownImage},

		{"a channel has an author and a time of its last change", lastChange},
		{"HCP Packer manages the channel latest", latestChannel},
		{"versions are listed newest first", versionOrder},
		{"a bucket has a location and a resource name", bucketNames},
		{"an unassigned channel has no version", unassignedChannel},
		{"a revoked version has its status, time and type", revokedVersion},
	} {
		t.Run(assumption.name, func(t *testing.T) { assumption.holds(t, h) })
	}
}

// hcp is HCP or a fake.
type hcp struct {
	hcplive.Project
	sdkClients
	wire *wire

	// channel returns the response for the channel, which is only requested once.
	channel func() (channelResponse, error)
}

type channelResponse struct {
	payload *models.HashicorpCloudPacker20230101GetChannelResponse
	body    []byte
}

func newHCP(t *testing.T, p hcplive.Project) *hcp {
	t.Helper()
	rt := hcplive.Runtime(t, p.Config)
	h := &hcp{Project: p, wire: &wire{next: rt.Transport}}
	rt.Transport = h.wire
	h.sdkClients = clientsOf(rt)
	h.organizationID, h.projectID = p.OrganizationID, p.ProjectID
	h.channel = sync.OnceValues(func() (channelResponse, error) {
		resp, err := h.getChannel(h.Bucket, h.Channel)
		return channelResponse{resp, h.wire.body}, err
	})
	return h
}

// fakeHCP returns a fake with one channel of each kind.
func fakeHCP(t *testing.T, clientID string, opts ...hcpfake.Option) (*hcpfake.Server, *hcp) {
	t.Helper()
	fake := newFake(t, opts...)
	fake.Update(func(s *hcpfake.Seed) {
		p := s.Project(projectID)
		p.Buckets = append(p.Buckets, &hcpfake.Bucket{Name: "debian"})
		b := p.Bucket("ubuntu")
		b.Channels = append(b.Channels, &hcpfake.Channel{Name: "withdrawn", Version: "v1"})
		b.Version("v2").Builds[0].Metadata = &models.HashicorpCloudPacker20230101BuildMetadata{Packer: map[string]any{"version": "1.11.0"}}
	})
	check(t, fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: "v1", KeepChannels: true}))
	e := listen(t, fake)
	return fake, newHCP(t, hcplive.Project{
		Config:   configFor(t, e, clientID, secret),
		ClientID: clientID, ClientSecret: secret, AuthURL: e.URL(),
		OrganizationID: orgID, ProjectID: projectID,
		Bucket: "ubuntu", Channel: "production", RevokedChannel: "withdrawn", EmptyChannel: "staging",
	})
}

// wire records the last response, because the SDK's types do not distinguish
// absent from empty fields.
type wire struct {
	next   http.RoundTripper
	status int
	body   []byte
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	w.status = resp.StatusCode
	if w.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(w.body))
	return resp, nil
}

// errorCode is the HTTP status and gRPC code of an error.
type errorCode struct{ status, code int }

var (
	unauthenticated = errorCode{401, 16}
	denied          = errorCode{403, 7}
	notFound        = errorCode{404, 5}
	aborted         = errorCode{409, 10}
)

// requireError checks that the last response, for which the SDK returned err, has
// one of the given codes.
func (h *hcp) requireError(t *testing.T, err error, want ...errorCode) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want %v", want)
	}
	var body struct{ Code int }
	if err := json.Unmarshal(h.wire.body, &body); err != nil {
		t.Fatalf("got %d and invalid JSON (%v), want %v", h.wire.status, err, want)
	}
	if got := (errorCode{h.wire.status, body.Code}); !slices.Contains(want, got) {
		t.Errorf("got %v, want one of %v: %v", got, want, err)
	}
}

func (h *hcp) getChannel(bucket, channel string) (*models.HashicorpCloudPacker20230101GetChannelResponse, error) {
	return h.getChannelOf(h.ProjectID, bucket, channel)
}

func (h *hcp) getChannelOf(project, bucket, channel string) (*models.HashicorpCloudPacker20230101GetChannelResponse, error) {
	resp, err := h.packer.PackerServiceGetChannel(packer_service.NewPackerServiceGetChannelParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(project).
		WithBucketName(bucket).WithChannelName(channel), nil)
	if err != nil {
		return nil, err
	}
	return resp.Payload, nil
}

func (h *hcp) getBucket(name string) (*packer_service.PackerServiceGetBucketOK, error) {
	return h.packer.PackerServiceGetBucket(packer_service.NewPackerServiceGetBucketParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID).WithBucketName(name), nil)
}

func (h *hcp) getVersion(bucket, fingerprint string) (*packer_service.PackerServiceGetVersionOK, error) {
	return h.packer.PackerServiceGetVersion(packer_service.NewPackerServiceGetVersionParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID).
		WithBucketName(bucket).WithFingerprint(fingerprint), nil)
}

// version returns the version that the channel is assigned to.
func (h *hcp) version(t *testing.T) *models.HashicorpCloudPacker20230101Version {
	t.Helper()
	resp, err := h.channel()
	check(t, err)
	if resp.payload.Channel == nil || resp.payload.Channel.Version == nil {
		t.Fatal("the channel has no version")
	}
	return resp.payload.Channel.Version
}

// unsigned returns a transport that adds no token.
func (h *hcp) unsigned(t *testing.T) http.RoundTripper {
	transport := cleanhttp.DefaultTransport()
	transport.TLSClientConfig = h.Config.APITLSConfig()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// deref returns *p, or the zero value if p is nil.
func deref[T any](p *T) T {
	if p == nil {
		p = new(T)
	}
	return *p
}

// signIn requests a token. Callers must not print the body, which may contain it.
func (h *hcp) signIn(t *testing.T, clientSecret string) (status int, body map[string]any) {
	t.Helper()
	r := tokenRequest()
	var err error
	r.URL, err = url.Parse(h.AuthURL + "/oauth2/token")
	check(t, err)
	r.Host = r.URL.Host
	r.SetBasicAuth(url.QueryEscape(h.ClientID), url.QueryEscape(clientSecret))
	resp, err := h.unsigned(t).RoundTrip(r)
	check(t, err)
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatalf("the response with status %d is not JSON: %v", resp.StatusCode, err)
	}
	return resp.StatusCode, body
}

func clientCredentials(t *testing.T, h *hcp) {
	status, body := h.signIn(t, h.ClientSecret)
	equal(t, "the status", status, http.StatusOK)
	token, _ := body["access_token"].(string)
	kind, _ := body["token_type"].(string)
	seconds, _ := body["expires_in"].(float64)
	if token == "" || !strings.EqualFold(kind, "Bearer") || seconds < 60 {
		t.Errorf("has a token: %t; token_type %q; expires_in %g", token != "", kind, seconds)
	}
}

func wrongSecret(t *testing.T, h *hcp) {
	status, body := h.signIn(t, "not-the-secret")
	equal(t, "the status", status, http.StatusUnauthorized)
	equal(t, "the error", body["error"], any("invalid_client")) // RFC 6749, section 5.2
	if description, _ := body["error_description"].(string); description == "" {
		t.Error("the error has no description")
	}
}

func invalidToken(t *testing.T, h *hcp) {
	scheme := "https"
	if h.Config.APITLSConfig() == nil {
		scheme = "http"
	}
	for name, authorization := range map[string]string{"none": "", "an invalid one": "Bearer invalid"} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, scheme+"://"+h.Config.APIAddress()+
				"/packer/2023-01-01/organizations/"+h.OrganizationID+"/projects/"+h.ProjectID+"/registry", nil)
			check(t, err)
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			resp, err := h.unsigned(t).RoundTrip(r)
			check(t, err)
			defer resp.Body.Close()
			var body struct{ Code int }
			check(t, json.NewDecoder(resp.Body).Decode(&body))
			equal(t, "the error", errorCode{resp.StatusCode, body.Code}, unauthenticated)
		})
	}
}

func projectParent(t *testing.T, h *hcp) {
	resp, err := h.projects.ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(h.ProjectID), nil)
	check(t, err)
	project := resp.Payload.Project
	if project == nil || project.Parent == nil {
		t.Fatal("the project has no parent")
	}
	equal(t, "the ID", project.ID, h.ProjectID)
	equal(t, "the parent", project.Parent.ID, h.OrganizationID)
	equal(t, "the parent's type", deref(project.Parent.Type), rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION)
	if project.CreatedAt.IsZero() {
		t.Error("the project has no created_at")
	}
}

// requirePages reads a list in up to 5 pages of one result.
func requirePages(t *testing.T, read func(token *string, size *int64) (ids []string, next string)) {
	t.Helper()
	var seen []string
	var token *string
	one := int64(1)
	for range 5 {
		ids, next := read(token, &one)
		if len(ids) > 1 || len(ids) == 0 && next != "" {
			t.Fatalf("a page of 1 has %d results", len(ids))
		}
		for _, id := range ids {
			if id == "" || slices.Contains(seen, id) {
				t.Fatalf("got the result %q after %q", id, seen)
			}
			seen = append(seen, id)
		}
		if next == "" {
			break
		}
		token = &next
	}
	if len(seen) == 0 {
		t.Error("the list is empty")
	}
}

func projectPages(t *testing.T, h *hcp) {
	scope := string(rm.HashicorpCloudResourcemanagerResourceIDResourceTypeORGANIZATION)
	params := project_service.NewProjectServiceListParams().WithScopeID(&h.OrganizationID).WithScopeType(&scope)
	if _, err := h.projects.ProjectServiceList(params, nil); err != nil {
		h.requireError(t, err, denied)
		return
	}
	requirePages(t, func(token *string, size *int64) (ids []string, next string) {
		resp, err := h.projects.ProjectServiceList(params.WithPaginationNextPageToken(token).WithPaginationPageSize(size), nil)
		check(t, err)
		for _, project := range resp.Payload.Projects {
			ids = append(ids, project.ID)
		}
		return ids, resp.Payload.Pagination.NextPageToken
	})
}

func bucketPages(t *testing.T, h *hcp) {
	params := packer_service.NewPackerServiceListBucketsParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID)
	requirePages(t, func(token *string, size *int64) (names []string, next string) {
		resp, err := h.packer.PackerServiceListBuckets(params.WithPaginationNextPageToken(token).WithPaginationPageSize(size), nil)
		check(t, err)
		for _, bucket := range resp.Payload.Buckets {
			names = append(names, bucket.Name)
		}
		return names, resp.Payload.Pagination.NextPageToken
	})
}

func unknownProject(t *testing.T, h *hcp) {
	const unknown = "00000000-0000-4000-8000-000000000000"
	_, err := h.projects.ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(unknown), nil)
	h.requireError(t, err, notFound, denied)
	_, err = h.getChannelOf(unknown, h.Bucket, h.Channel)
	h.requireError(t, err, notFound, denied)
}

func activeRegistry(t *testing.T, h *hcp) {
	resp, err := h.packer.PackerServiceGetRegistry(packer_service.NewPackerServiceGetRegistryParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID), nil)
	check(t, err)
	equal(t, "activated", resp.Payload.Registry.Config.Activated, true)
}

func channelList(t *testing.T, h *hcp) {
	resp, err := h.packer.PackerServiceListChannels(packer_service.NewPackerServiceListChannelsParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID).WithBucketName(h.Bucket), nil)
	check(t, err)
	one, err := h.channel()
	check(t, err)
	channels := make(map[string]*models.HashicorpCloudPacker20230101Channel)
	for _, channel := range resp.Payload.Channels {
		channels[channel.Name] = channel
		if channel.Name == h.Channel {
			equal(t, "its ID in the list", channel.ID, one.payload.Channel.ID)
		}
	}
	if _, ok := channels[h.Channel]; !ok {
		t.Errorf("the list %v lacks the channel %q", slices.Sorted(maps.Keys(channels)), h.Channel)
	}
	latest := channels["latest"]
	if latest == nil {
		t.Fatalf("the list %v lacks the channel latest", slices.Sorted(maps.Keys(channels)))
	}
	equal(t, "managed of the channel latest", latest.Managed, true)
	equal(t, "its author", latest.AuthorID, "HCP Packer")
}

const missing = "no-such-name-in-hcp"

func missingBucket(t *testing.T, h *hcp) {
	_, err := h.getBucket(missing)
	h.requireError(t, err, notFound)
	_, err = h.getChannel(missing, h.Channel)
	h.requireError(t, err, notFound)
}

func missingChannel(t *testing.T, h *hcp) {
	_, err := h.getChannel(h.Bucket, missing)
	h.requireError(t, err, notFound)
	var typed *packer_service.PackerServiceGetChannelDefault
	if !errors.As(err, &typed) {
		t.Errorf("got %T, want a PackerServiceGetChannelDefault", err)
	}
}

func missingVersion(t *testing.T, h *hcp) {
	for bucket, want := range map[string]errorCode{h.Bucket: aborted, missing: notFound} {
		_, err := h.getVersion(bucket, missing)
		h.requireError(t, err, want)
	}
}

func errorShape(t *testing.T, h *hcp) {
	_, err := h.getBucket(missing)
	h.requireError(t, err, notFound)
	var body map[string]any
	check(t, json.Unmarshal(h.wire.body, &body))
	message, _ := body["message"].(string)
	if _, isList := body["details"].([]any); message == "" || !isList || len(body) != 3 {
		t.Errorf("got %s, want a code, a message and a list of details", h.wire.body)
	}
}

func embedding(t *testing.T, h *hcp) {
	resp, err := h.channel()
	check(t, err)
	channel := resp.payload.Channel
	equal(t, "the channel", channel.Name, h.Channel)
	equal(t, "its bucket", channel.BucketName, h.Bucket)
	version := h.version(t)
	if version.Fingerprint == "" || len(version.Builds) == 0 {
		t.Fatalf("the version has the fingerprint %q and %d builds", version.Fingerprint, len(version.Builds))
	}
	for _, build := range version.Builds {
		equal(t, "the build's version", build.VersionID, version.ID)
		if len(build.Artifacts) == 0 {
			t.Errorf("the build %s has no artifacts", build.ID)
		}
		if build.Metadata != nil { // Only GetVersion and GetBuild return it.
			t.Errorf("the build %s has metadata", build.ID)
		}
	}
}

func validity(t *testing.T, h *hcp) {
	resp, err := h.channel()
	check(t, err)
	check(t, resp.payload.Validate(strfmt.Default))
	switch status := deref(h.version(t).Status); status {
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE,
		models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED:
	default:
		t.Errorf("the version's status is %s", status)
	}
	for _, build := range h.version(t).Builds {
		equal(t, "the build's status", deref(build.Status), models.HashicorpCloudPacker20230101BuildStatusBUILDDONE)
	}
}

func identifiers(t *testing.T, h *hcp) {
	ulid := regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
	requireULID := func(what, id string) {
		if !ulid.MatchString(id) {
			t.Errorf("the ID of the %s is %q", what, id)
		}
	}
	resp, err := h.channel()
	check(t, err)
	requireULID("channel", resp.payload.Channel.ID)
	requireULID("version", h.version(t).ID)
	for _, build := range h.version(t).Builds {
		requireULID("build", build.ID)
		for _, artifact := range build.Artifacts {
			requireULID("artifact", artifact.ID)
		}
	}
}

func versionName(t *testing.T, h *hcp) {
	if name := h.version(t).Name; !regexp.MustCompile(`^v[1-9][0-9]*$`).MatchString(name) {
		t.Errorf("the version's name is %q", name)
	}
}

// members calls visit with every field of the channel's response, except those of
// labels.
func (h *hcp) members(t *testing.T, visit func(name string, value any)) {
	t.Helper()
	resp, err := h.channel()
	check(t, err)
	var root any
	check(t, json.Unmarshal(resp.body, &root))
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			for name, value := range node {
				visit(name, value)
				if name != "labels" {
					walk(value)
				}
			}
		case []any:
			for _, element := range node {
				walk(element)
			}
		}
	}
	walk(root)
}

func dates(t *testing.T, h *hcp) {
	found := 0
	h.members(t, func(name string, value any) {
		if !strings.HasSuffix(name, "_at") || name == "revoke_at" && value == nil {
			return
		}
		found++
		text, _ := value.(string)
		if date, err := time.Parse(time.RFC3339, text); err != nil || date.IsZero() || !strings.HasSuffix(text, "Z") {
			t.Errorf("%s is %v", name, value)
		}
	})
	if found == 0 {
		t.Error("the response contains no times")
	}
}

func unsetFields(t *testing.T, h *hcp) {
	h.members(t, func(name string, value any) {
		switch {
		case value == nil && (name == "builds" || name == "artifacts"):
			t.Errorf("%s is null", name)
		case value != nil && name == "revoke_at" && deref(h.version(t).Status) == models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE:
			t.Errorf("revoke_at of an active version is %v", value)
		}
	})
}

func images(t *testing.T, h *hcp) {
	for _, build := range h.version(t).Builds {
		if build.Platform == "" || build.ComponentType == "" {
			t.Errorf("the build %s has the platform %q and the component type %q", build.ID, build.Platform, build.ComponentType)
		}
		for _, artifact := range build.Artifacts {
			if artifact.Region == "" || artifact.ExternalIdentifier == "" {
				t.Errorf("the artifact %s has the region %q and the identifier %q", artifact.ID, artifact.Region, artifact.ExternalIdentifier)
			}
		}
	}
}

func sameVersion(t *testing.T, h *hcp) {
	embedded := h.version(t)
	resp, err := h.getVersion(h.Bucket, embedded.Fingerprint)
	check(t, err)
	got := resp.Payload.Version
	equal(t, "the ID", got.ID, embedded.ID)
	equal(t, "the name", got.Name, embedded.Name)
	equal(t, "the status", deref(got.Status), deref(embedded.Status))
	for _, build := range got.Builds {
		build.Metadata = nil // GetChannel omits it.
	}
	if !reflect.DeepEqual(got.Builds, embedded.Builds) {
		t.Errorf("GetVersion returned the builds %+v, GetChannel %+v", got.Builds, embedded.Builds)
	}
}

func (h *hcp) search(t *testing.T, query models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody) *models.HashicorpCloudPacker20230101SearchExternalArtifactResponse {
	t.Helper()
	resp, err := h.packer.PackerServiceSearchExternalArtifact(packer_service.NewPackerServiceSearchExternalArtifactParams().
		WithLocationOrganizationID(h.OrganizationID).WithLocationProjectID(h.ProjectID).WithBody(&query), nil)
	check(t, err)
	check(t, resp.Payload.Validate(strfmt.Default))
	return resp.Payload
}

func searchImage(t *testing.T, h *hcp) {
	version := h.version(t)
	build := version.Builds[0]
	image := build.Artifacts[0]
	got := h.search(t, models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{
		ExternalIdentifier: image.ExternalIdentifier, Platform: build.Platform, Region: image.Region,
	})
	i := slices.IndexFunc(got.Artifacts, func(a *models.HashicorpCloudPacker20230101ExternalArtifact) bool {
		return a.Version.Fingerprint == version.Fingerprint && a.Build.ID == build.ID
	})
	if i < 0 {
		t.Fatalf("the image %s is not found among %d results", image.ExternalIdentifier, len(got.Artifacts))
	}
	found := got.Artifacts[i]
	equal(t, "the bucket", found.Bucket.Name, h.Bucket)
	equal(t, "the version's ID", found.Version.ID, version.ID)
	equal(t, "the version's name", found.Version.Name, version.Name)
	equal(t, "the version's status", deref(found.Version.Status), deref(version.Status))
	equal(t, "the build's component type", found.Build.ComponentType, build.ComponentType)
}

func searchUnknownImage(t *testing.T, h *hcp) {
	got := h.search(t, models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{
		ExternalIdentifier: missing, Platform: h.version(t).Builds[0].Platform,
	})
	equal(t, "the number of results", len(got.Artifacts), 0)
	equal(t, "the next page", got.Pagination.NextPageToken, "")
}

func lastChange(t *testing.T, h *hcp) {
	resp, err := h.channel()
	check(t, err)
	if channel := resp.payload.Channel; channel.AuthorID == "" || channel.UpdatedAt.IsZero() {
		t.Errorf("the author is %q, and the time %s", channel.AuthorID, channel.UpdatedAt)
	}
}

func missingBuild(t *testing.T, h *hcp) {
	_, err := send(to{
		LocationOrganizationID: h.OrganizationID, LocationProjectID: h.ProjectID,
		BucketName: h.Bucket, Fingerprint: h.version(t).Fingerprint, BuildID: missing,
	}, packer_service.NewPackerServiceGetBuildParams(), h.packer.PackerServiceGetBuild)
	wantError(t, err, 404, 5, "The build with identifier "+missing+" does not exist.")
}

func latestChannel(t *testing.T, h *hcp) {
	got := must(send(to{LocationOrganizationID: h.OrganizationID, LocationProjectID: h.ProjectID, BucketName: h.Bucket},
		packer_service.NewPackerServiceListChannelsParams(), h.packer.PackerServiceListChannels))(t).Payload.Channels
	i := slices.IndexFunc(got, func(ch *models.HashicorpCloudPacker20230101Channel) bool { return ch.Name == "latest" })
	if i < 0 {
		t.Fatal("there is no channel latest")
	}
	equal(t, "the author", got[i].AuthorID, "HCP Packer")
	equal(t, "managed", got[i].Managed, true)
}

func versionOrder(t *testing.T, h *hcp) {
	got := must(send(to{LocationOrganizationID: h.OrganizationID, LocationProjectID: h.ProjectID, BucketName: h.Bucket},
		packer_service.NewPackerServiceListVersionsParams(), h.packer.PackerServiceListVersions))(t).Payload.Versions
	if !slices.IsSortedFunc(got, func(a, b *hcpfake.Version) int { return time.Time(b.CreatedAt).Compare(time.Time(a.CreatedAt)) }) {
		t.Error("an older version comes before a newer one")
	}
}

func bucketNames(t *testing.T, h *hcp) {
	got := must(send(to{LocationOrganizationID: h.OrganizationID, LocationProjectID: h.ProjectID, BucketName: h.Bucket},
		packer_service.NewPackerServiceGetBucketParams(), h.packer.PackerServiceGetBucket))(t).Payload.Bucket
	equal(t, "the project", got.Location.ProjectID, h.ProjectID)
	equal(t, "the resource name", got.ResourceName, "packer/project/"+h.ProjectID+"/bucket/"+h.Bucket)
}

func unassignedChannel(t *testing.T, h *hcp) {
	if h.EmptyChannel == "" {
		t.Skip("PACKER_ACC_EMPTY_CHANNEL is not set")
	}
	resp, err := h.getChannel(h.Bucket, h.EmptyChannel)
	check(t, err)
	equal(t, "the channel", resp.Channel.Name, h.EmptyChannel)
	if resp.Channel.Version != nil {
		t.Errorf("it is assigned to version %s", resp.Channel.Version.ID)
	}
}

func revokedVersion(t *testing.T, h *hcp) {
	if h.RevokedChannel == "" {
		t.Skip("PACKER_ACC_REVOKED_CHANNEL is not set")
	}
	resp, err := h.getChannel(h.Bucket, h.RevokedChannel)
	check(t, err)
	version := resp.Channel.Version
	if version == nil {
		t.Fatal("the channel has no version")
	}
	equal(t, "the status", deref(version.Status), models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	if version.RevokeAt.IsZero() || version.RevocationType == nil {
		t.Errorf("revoke_at is %s, and the type %v", version.RevokeAt, version.RevocationType)
	}
}
