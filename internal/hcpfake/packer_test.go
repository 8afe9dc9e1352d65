package hcpfake_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestGetChannel(t *testing.T) {
	_, clients := setup(t)
	got, err := clients.channel("ubuntu", "production")
	check(t, err)
	ch := got.Payload.Channel
	equal(t, "its author", ch.AuthorID, "someone")
	equal(t, "the version", ch.Version.Name, "v2")
	equal(t, "its fingerprint", ch.Version.Fingerprint, "fp-v2")
	equal(t, "its status", *ch.Version.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	build := ch.Version.Builds[0]
	equal(t, "the build's label", build.Labels["version"], "v2")
	equal(t, "the first image", build.Artifacts[0].ExternalIdentifier, "ami-us-v2")
	equal(t, "the second region", build.Artifacts[1].Region, "eu-central-1")
}

func TestNotFound(t *testing.T) {
	_, clients := setup(t)
	for _, c := range [][2]string{
		{"Ubuntu", "production"},
		{"ubuntu/channels/production", "x"},
		{"..", "production"},
		{"ubuntu", ".."},
		{"ubuntu", "production?x=y"},
		{"ubuntu", "production#x"},
		{"ubuntu", " production"},
	} {
		_, err := clients.channel(c[0], c[1])
		wantDefault(t, err, 404, 5)
	}
}

// Packer tells a missing bucket from a missing version by the code.
func TestMisses(t *testing.T) {
	fake := newFake(t)
	for path, want := range map[string]struct {
		status  int
		code    int32
		message string
	}{
		"/buckets/x":                              {404, 5, "Error: The bucket with identifier x does not exist."},
		"/buckets/x/versions/fp-v2":               {404, 5, "Error: The bucket with identifier x does not exist."},
		"/buckets/x/channels/production":          {404, 5, "Error: The bucket with identifier x does not exist."},
		"/buckets/ubuntu/channels/x":              {404, 5, "Error: The channel with identifier x does not exist."},
		"/buckets/ubuntu/versions/x":              {409, 10, "Version with fingerprint x not found"},
		"/buckets/ubuntu/versions/v2":             {409, 10, "Version with fingerprint v2 not found"}, // a name, not a fingerprint
		"/buckets/ubuntu/versions/x/builds":       {409, 10, "Version with fingerprint x not found"},
		"/buckets/ubuntu/versions/x/builds/id":    {409, 10, "Version with fingerprint x not found"},
		"/buckets/ubuntu/versions/fp-v2/builds/x": {404, 5, "The build with identifier x does not exist."},
	} {
		t.Run(path, func(t *testing.T) {
			w := get(t, fake, packer2023+path)
			wantStatus(t, w, want.status, want.code)
			wantMessage(t, w, want.message)
		})
	}
}

// Routes match the escaped path, and paths are not cleaned.
func TestPaths(t *testing.T) {
	fake := newFake(t, hcpfake.WithErrorf(func(string, ...any) {}))
	equal(t, "an escaped name", get(t, fake, packer2023+"/buckets/%75buntu").Code, 200)
	wantStatus(t, get(t, fake, packer2023+"/buckets/ubuntu%2Fchannels"), 404, 5)
	wantStatus(t, get(t, fake, packer2023+"/buckets/debian/../ubuntu/channels/x"), 501, 12)
	wantStatus(t, get(t, fake, packer2023+"/buckets/.."), 404, 5)
	wantStatus(t, get(t, fake, packer2023+"/buckets/%2e%2e"), 404, 5)
	wantStatus(t, get(t, fake, packer2023+"/registry?a=%zz"), 400, 3)
}

func TestUnknownRoutes(t *testing.T) {
	for _, c := range [][2]string{
		{"GET", "/"},
		{"GET", "/nothing"},
		{"GET", packer2023 + "/buckets/"},
		{"GET", packer2023 + "/buckets//channels/x"},
		{"DELETE", packer2023 + "/buckets"},
		{"HEAD", packer2023 + "/registry"},
		{"POST", packer2023 + "/registry"},
		{"GET", "/oauth2/token"},
		{"GET", "/packer/2021-01-01/organizations/" + orgID + "/projects/" + projectID + "/registry"},
	} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			reports := 0
			fake := newFake(t, hcpfake.WithErrorf(func(string, ...any) { reports++ }))
			w := serve(fake, httptest.NewRequest(c[0], c[1], nil))
			wantStatus(t, w, 501, 12)
			equal(t, "the number of reports", reports, 1)
			if !strings.Contains(w.Body.String(), c[0]+" "+c[1]) {
				t.Errorf("%s does not name the request", w.Body)
			}
			equal(t, "the operation", fake.Requests()[0].Operation, "")
		})
	}
}

func TestRegistry(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		fake, clients := setup(t, opts...)
		registry := func() (*packer_service.PackerServiceGetRegistryOK, error) {
			return clients.packer.PackerServiceGetRegistry(packer_service.NewPackerServiceGetRegistryParams().
				WithLocationOrganizationID(orgID).WithLocationProjectID(projectID), nil)
		}
		got, err := registry()
		check(t, err)
		equal(t, "activated", got.Payload.Registry.Config.Activated, true)
		equal(t, "its project", got.Payload.Registry.Location.ProjectID, projectID)

		fake.Update(func(s *hcpfake.Seed) {
			s.Project(projectID).Registry.Config = &hcpfake.RegistryConfig{
				BillingDeprovision: &models.HashicorpCloudPacker20230101RegistryBillingDeprovision{
					At: strfmt.DateTime(start), Message: "the card expired",
					Reason: models.HashicorpCloudPacker20230101RegistryBillingDeprovisionReasonDELINQUENTBILLINGACCOUNT.Pointer(),
				},
			}
		})
		got, err = registry()
		check(t, err)
		equal(t, "activated", got.Payload.Registry.Config.Activated, false)
		equal(t, "the message", got.Payload.Registry.Config.BillingDeprovision.Message, "the card expired")

		_, err = clients.channel("ubuntu", "production")
		wantDefault(t, err, 400, 9)
		var inactive *packer_service.PackerServiceGetChannelDefault
		if errors.As(err, &inactive) && !strings.HasPrefix(inactive.Payload.Message, "Registry not activated") {
			t.Errorf("got the message %q", inactive.Payload.Message)
		}

		fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry.Config = nil })
		_, err = clients.channel("ubuntu", "production")
		wantDefault(t, err, 400, 9)

		fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry = nil })
		_, err = clients.channel("ubuntu", "production")
		wantDefault(t, err, 404, 5)
		_, err = registry()
		var missing *packer_service.PackerServiceGetRegistryDefault
		if !errors.As(err, &missing) || missing.Code() != 404 || missing.Payload.Code != 5 {
			t.Errorf("got %v, want 404 with code 5", err)
		}
	})
}

// All routes require the registry's project, and all except GetRegistry require an
// active registry.
func TestPackerRoutes(t *testing.T) {
	v2023 := []string{
		"/registry", "/runtasks/validation", "/buckets", "/buckets/ubuntu", "/buckets/ubuntu/channels",
		"/buckets/ubuntu/channels/production", "/buckets/ubuntu/versions", "/buckets/ubuntu/versions/fp-v2",
		"/buckets/ubuntu/versions/fp-v2/builds",
	}
	v2021 := []string{
		"/images/ubuntu/channels/production", "/images/ubuntu/iteration?fingerprint=fp-v2",
	}
	for prefix, routes := range map[string][]string{"/packer/2023-01-01": v2023, "/packer/2021-04-30": v2021} {
		for _, route := range routes {
			t.Run(prefix+route, func(t *testing.T) {
				fake := newFake(t)
				path := func(org, project string) string {
					return prefix + "/organizations/" + org + "/projects/" + project + route
				}
				w := get(t, fake, path(orgID, projectID))
				equal(t, "the status", w.Code, 200)
				if strings.Contains(w.Body.String(), `"0001-01-01`) {
					t.Errorf("got %s, want no zero times", w.Body)
				}
				wantStatus(t, get(t, fake, path(projectID, projectID)), 404, 5)
				wantStatus(t, get(t, fake, path(orgID, orgID)), 404, 5)
				wantStatus(t, get(t, fake, path(orgID, otherProject)), 404, 5)
				wantStatus(t, serve(fake, httptest.NewRequest(http.MethodGet, path(orgID, projectID), nil)), 401, 16)
				if route == "/registry" {
					return
				}
				fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry.Config.Activated = false })
				wantStatus(t, get(t, fake, path(orgID, projectID)), 400, 9)
			})
		}
	}
}

func TestBuckets(t *testing.T) {
	fake, clients := setup(t, hcpfake.WithPageSize(1))
	fake.Update(func(s *hcpfake.Seed) {
		p := s.Project(projectID)
		p.Buckets = append(p.Buckets, nil, &hcpfake.Bucket{Name: "debian"})
	})
	list := func(next *string, sorting ...string) *models.HashicorpCloudPacker20230101ListBucketsResponse {
		t.Helper()
		got, err := clients.packer.PackerServiceListBuckets(packer_service.NewPackerServiceListBucketsParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).
			WithPaginationNextPageToken(next).WithSortingOrderBy(sorting), nil)
		check(t, err)
		return got.Payload
	}
	first := list(nil)
	equal(t, "the first", first.Buckets[0].Name, "ubuntu")
	second := list(&first.Pagination.NextPageToken)
	equal(t, "the second", second.Buckets[0].Name, "debian")
	equal(t, "the next page", second.Pagination.NextPageToken, "")
	equal(t, "the first by name", list(nil, "name").Buckets[0].Name, "debian")
	equal(t, "the first by name, descending", list(nil, "name desc", "id").Buckets[0].Name, "ubuntu")

	for _, bad := range []string{"size", "name+up", "name+asc+asc"} {
		wantStatus(t, get(t, fake, packer2023+"/buckets?sorting.order_by="+bad), 400, 3)
	}

	got, err := clients.packer.PackerServiceGetBucket(packer_service.NewPackerServiceGetBucketParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu"), nil)
	check(t, err)
	b := got.Payload.Bucket
	equal(t, "the latest version", b.LatestVersion.Name, "v3")
	equal(t, "the platforms", strings.Join(b.Platforms, ","), "aws")
	equal(t, "the number of versions", b.VersionCount, "3")
	equal(t, "the resource name", b.ResourceName, "packer/project/"+projectID+"/bucket/ubuntu")
	equal(t, "the label", b.Labels["team"], "platform")
	equal(t, "the organization", b.Location.OrganizationID, orgID)
}

func TestChannels(t *testing.T) {
	_, clients := setup(t)
	got, err := clients.packer.PackerServiceListChannels(packer_service.NewPackerServiceListChannelsParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu"), nil)
	check(t, err)
	var list []string
	for _, ch := range got.Payload.Channels {
		version := "none"
		if ch.Version != nil {
			version = ch.Version.Name
		}
		list = append(list, ch.Name+"="+version)
	}
	equal(t, "the channels", strings.Join(list, " "), "production=v2 staging=none latest=v3")
}

func TestVersionsAndBuilds(t *testing.T) {
	fake, clients := setup(t)
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Bucket("ubuntu").Version("v2").Builds[0].Metadata = &models.HashicorpCloudPacker20230101BuildMetadata{
			Packer: map[string]any{"version": "1.11.0"},
		}
	})
	versions, err := clients.packer.PackerServiceListVersions(packer_service.NewPackerServiceListVersionsParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu").
		WithSortingOrderBy([]string{"name desc"}), nil)
	check(t, err)
	equal(t, "the first of the versions", versions.Payload.Versions[0].Name, "v3")

	version, err := clients.packer.PackerServiceGetVersion(packer_service.NewPackerServiceGetVersionParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu").WithFingerprint("fp-v2"), nil)
	check(t, err)
	build := version.Payload.Version.Builds[0]
	if build.Metadata == nil {
		t.Error("GetVersion has no metadata")
	}

	builds, err := clients.packer.PackerServiceListBuilds(packer_service.NewPackerServiceListBuildsParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu").WithFingerprint("fp-v2"), nil)
	check(t, err)
	equal(t, "the build in the list", builds.Payload.Builds[0].ID, build.ID)

	one, err := clients.packer.PackerServiceGetBuild(packer_service.NewPackerServiceGetBuildParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketName("ubuntu").WithFingerprint("fp-v2").
		WithBuildID(build.ID), nil)
	check(t, err)
	equal(t, "the build", one.Payload.Build.ComponentType, "amazon-ebs.ubuntu")

	wantStatus(t, get(t, fake, packer2023+"/buckets/ubuntu/versions?sorting.order_by=x"), 400, 3)
	wantStatus(t, get(t, fake, packer2023+"/buckets/ubuntu/versions/fp-v2/builds?pagination.page_size=x"), 400, 3)
}

func TestRunTask(t *testing.T) {
	fake, clients := setup(t)
	get2023 := func() *models.HashicorpCloudPacker20230101GetRegistryTFCRunTaskAPIResponse {
		t.Helper()
		got, err := clients.packer.PackerServiceGetRegistryTFCRunTaskAPI(packer_service.NewPackerServiceGetRegistryTFCRunTaskAPIParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithTaskType("validation"), nil)
		check(t, err)
		return got.Payload
	}
	if got := get2023(); !strings.HasPrefix(got.APIURL, "https://127.0.0.1:") || got.HmacKey == "" {
		t.Errorf("got %+v", got)
	}
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Registry.Config.TfcRunTaskConfig = &models.HashicorpCloudPacker20230101RegistryTFCRunTaskConfig{
			APIID: "the-id", HmacKey: "the-key",
		}
	})
	if got := get2023(); !strings.HasSuffix(got.APIURL, "/the-id") || got.HmacKey != "the-key" {
		t.Errorf("got %+v", got)
	}
	wantStatus(t, get(t, fake, packer2023+"/runtasks/other"), 400, 3)
}

// The SDK's types would encode unset times as year 1.
func TestZeroTimesAreUnset(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		const zero = "0001-01-01T00:00:00.000Z"
		fake := newFake(t, opts...)
		fake.Update(func(s *hcpfake.Seed) {
			b := s.Project(projectID).Bucket("ubuntu")
			b.CreatedAt = time.Time{}
			b.Channel("production").UpdatedAt = time.Time{}
			v := b.Version("v2")
			v.CreatedAt = strfmt.DateTime{}
			v.Builds[0].Artifacts[0].CreatedAt = strfmt.DateTime{}
			v.Builds[0].Labels = map[string]string{"built_at": zero}
			v.AuthorID = zero + " & <co>"
		})
		w := get(t, fake, packer2023+"/buckets/ubuntu/channels/production")
		ch := decode[struct{ Channel map[string]any }](t, w).Channel
		version := ch["version"].(map[string]any)
		build := version["builds"].([]any)[0].(map[string]any)
		artifact := build["artifacts"].([]any)[0].(map[string]any)
		for what, absent := range map[string]bool{
			"the channel's updated_at":    ch["updated_at"] == nil,
			"the channel's created_at":    ch["created_at"] != nil,
			"the version's created_at":    version["created_at"] == nil,
			"the version's revoke_at":     version["revoke_at"] == nil,
			"the build's created_at":      build["created_at"] != nil,
			"the artifact's created_at":   artifact["created_at"] == nil,
			"the label":                   build["labels"].(map[string]any)["built_at"] == zero,
			"the author that says 0001-…": version["author_id"] == zero+" & <co>",
		} {
			if !absent {
				t.Errorf("%s is wrong in %s", what, w.Body)
			}
		}
		if body := get(t, fake, packer2023+"/buckets/ubuntu").Body.String(); strings.Contains(body, `"created_at":"`+zero) {
			t.Errorf("the bucket has a zero time: %s", body)
		}
	})
}

func TestUnsetFields(t *testing.T) {
	for name, c := range map[string]struct {
		opts              []hcpfake.Option
		channel, registry string
	}{
		"sent": {
			nil,
			`"managed":false,"name":"staging","restricted":false,"updated_at":"2024-11-04T12:00:00.000Z","version":null}}`,
			`"config":{"activated":false,"billing_deprovision":null,"feature_tier":null,"tfc_run_task_config":null},`,
		},
		"omitted": {
			[]hcpfake.Option{hcpfake.WithUnsetOmitted()},
			`"name":"staging","updated_at":"2024-11-04T12:00:00.000Z"}}`,
			`"config":{},`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake(t, c.opts...)
			if body := get(t, fake, packer2023+"/buckets/ubuntu/channels/staging").Body.String(); !strings.HasSuffix(body, c.channel+"\n") {
				t.Errorf("got %s, want it to end with %s", body, c.channel)
			}
			fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry.Config = &hcpfake.RegistryConfig{} })
			if body := get(t, fake, packer2023+"/registry").Body.String(); !strings.Contains(body, c.registry) {
				t.Errorf("got %s, want %s", body, c.registry)
			}
		})
	}
}

func TestScheduledRevocation(t *testing.T) {
	now := start
	fake := newFake(t, hcpfake.WithClock(func() time.Time { return now }))
	set := func(status hcpfake.VersionStatus) {
		fake.Update(func(s *hcpfake.Seed) {
			v := s.Project(projectID).Bucket("ubuntu").Version("v2")
			v.Status, v.RevokeAt = status.Pointer(), strfmt.DateTime(start.Add(time.Hour))
		})
	}
	status := func() string {
		w := get(t, fake, packer2023+"/buckets/ubuntu/channels/production")
		got := decode[models.HashicorpCloudPacker20230101GetChannelResponse](t, w)
		return string(*got.Channel.Version.Status)
	}
	set(models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED)
	now = start.Add(time.Hour - time.Millisecond)
	equal(t, "the status before", status(), "VERSION_REVOCATION_SCHEDULED")
	now = start.Add(time.Hour)
	equal(t, "the status at the time", status(), "VERSION_REVOKED")
	w := get(t, fake, packer2023+"/buckets/ubuntu/versions/fp-v2")
	equal(t, "the status by fingerprint", string(*decode[models.HashicorpCloudPacker20230101GetVersionResponse](t, w).Version.Status), "VERSION_REVOKED")
	now = start
	equal(t, "the status when the clock is set back", status(), "VERSION_REVOCATION_SCHEDULED")

	set(models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	now = start.Add(2 * time.Hour)
	equal(t, "a status set by the test", status(), "VERSION_ACTIVE")
}

func TestUnknownAssignedVersion(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		var reports []string
		opts = append(opts, hcpfake.WithErrorf(func(format string, _ ...any) { reports = append(reports, format) }))
		fake := newFake(t, opts...)
		fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Bucket("ubuntu").Channel("production").Version = "v9" })
		w := get(t, fake, packer2023+"/buckets/ubuntu/channels/production")
		equal(t, "the status", w.Code, 200)
		if decode[struct{ Channel map[string]any }](t, w).Channel["version"] != nil {
			t.Errorf("%s has a version", w.Body)
		}
		equal(t, "the number of reports", len(reports), 1)
	})
}

func TestPanicsAreReported(t *testing.T) {
	reports := 0
	fake := newFake(t, hcpfake.WithErrorf(func(string, ...any) { reports++ }))
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Bucket("ubuntu").Version("v2").Builds[0].Metadata = &models.HashicorpCloudPacker20230101BuildMetadata{
			Vcs: make(chan int), // cannot be encoded
		}
	})
	wantStatus(t, get(t, fake, packer2023+"/buckets/ubuntu/versions/fp-v2"), 500, 13)
	equal(t, "the number of reports", reports, 1)
	fake.Update(func(*hcpfake.Seed) {}) // The lock has been released.
}
