package hcpfake_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestCreateBucket(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		_, clients := setup(t, append(opts, ticking())...)
		created := must(clients.createBucket(&createBucket{
			Name: "web-server", Description: "why", Labels: map[string]string{"team": "web"},
		}))(t).Payload.Bucket
		got := must(clients.bucket("web-server"))(t).Payload.Bucket
		equal(t, "the description", got.Description, "why")
		equal(t, "the label", got.Labels["team"], "web")
		equal(t, "the resource name", created.ResourceName, "packer/project/"+projectID+"/bucket/web-server")
		equal(t, "the location", created.Location.ProjectID, projectID)
		equal(t, "created at", got.CreatedAt.String(), created.CreatedAt.String())
		equal(t, "its versions", got.VersionCount, "0")

		latest := must(clients.channel("web-server", "latest"))(t).Payload.Channel
		equal(t, "latest is managed", latest.Managed, true)
		equal(t, "latest is restricted", latest.Restricted, true)
		equal(t, "the author of latest", latest.AuthorID, "HCP Packer")
		if latest.Version != nil {
			t.Errorf("latest is assigned to %+v", latest.Version)
		}

		updated := must(send(to{BucketName: "web-server", Body: &updateBucket{Description: "because"}},
			packer_service.NewPackerServiceUpdateBucketParams(), clients.packer.PackerServiceUpdateBucket))(t).Payload.Bucket
		equal(t, "the new description", updated.Description, "because")
		equal(t, "the number of labels", len(updated.Labels), 0)
		equal(t, "updated at", updated.UpdatedAt.String() > got.UpdatedAt.String(), true)

		remove := func() error {
			_, err := send(to{BucketName: "web-server"}, packer_service.NewPackerServiceDeleteBucketParams(), clients.packer.PackerServiceDeleteBucket)
			return err
		}
		check(t, remove())
		const missing = "Error: The bucket with identifier web-server does not exist."
		wantError(t, remove(), 404, 5, missing)
		_, err := clients.bucket("web-server")
		wantError(t, err, 404, 5, missing)
	})
}

func TestBucketErrors(t *testing.T) {
	_, clients := setup(t)
	for _, c := range []struct {
		body    createBucket
		status  int
		code    int32
		message string
	}{
		{createBucket{Name: "ubuntu"}, 409, 6, "Error: The bucket with identifier ubuntu already exists."},
		{createBucket{Name: "no"}, 400, 3, `invalid bucket name "no": want 3 to 36 letters, digits and hyphens`},
		{createBucket{Name: "a/b/c"}, 400, 3, `invalid bucket name "a/b/c": want 3 to 36 letters, digits and hyphens`},
		{createBucket{Name: "long", Description: strings.Repeat("x", 256)}, 400, 3, "the description is longer than 255 characters"},
	} {
		_, err := clients.createBucket(&c.body)
		wantError(t, err, c.status, c.code, c.message)
	}
	_, err := send(to{BucketName: "ubuntu", Body: &updateBucket{Description: strings.Repeat("x", 256)}},
		packer_service.NewPackerServiceUpdateBucketParams(), clients.packer.PackerServiceUpdateBucket)
	wantError(t, err, 400, 3, "the description is longer than 255 characters")
}

// The sequence of a packer build with two sources: the version is completed by the
// build that is done last.
func TestPublish(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		_, clients := setup(t, append(opts, ticking())...)
		_, err := clients.version("ubuntu", "fp-new")
		wantError(t, err, 409, 10, "Version with fingerprint fp-new not found")
		created := must(clients.createVersion("ubuntu", "fp-new"))(t).Payload.Version
		equal(t, "the name", created.Name, "v0")
		equal(t, "the status", *created.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING)
		equal(t, "the template type", *created.TemplateType, models.HashicorpCloudPacker20230101TemplateTypeHCL2)
		equal(t, "the author", created.AuthorID, reader)

		status := func() string {
			t.Helper()
			v := must(clients.version("ubuntu", "fp-new"))(t).Payload.Version
			return v.Name + " " + string(*v.Status)
		}
		build := func(component string) *hcpfake.Build {
			t.Helper()
			return must(clients.createBuild("ubuntu", "fp-new", &createBuild{
				ComponentType: component, PackerRunUUID: "run-1", Status: buildUnset.Pointer(),
			}))(t).Payload.Build
		}
		update := func(id string, body updateBuild) *hcpfake.Build {
			t.Helper()
			return must(clients.updateBuild("ubuntu", "fp-new", id, &body))(t).Payload.Build
		}
		one, two := build("file.one"), build("file.two")
		equal(t, "the status of a build", *one.Status, buildUnset)
		equal(t, "its version", one.VersionID, created.ID)
		equal(t, "the status when registered", status(), "v0 VERSION_RUNNING")
		for range 2 { // the second is a heartbeat
			update(one.ID, updateBuild{Status: buildRunning.Pointer(), PackerRunUUID: "run-1"})
		}
		done := updateBuild{
			Status: buildDone.Pointer(), Platform: "packer.file", Labels: map[string]string{"a": "b"}, SourceExternalIdentifier: "base.img",
			Metadata:  &models.HashicorpCloudPacker20230101BuildMetadata{Packer: map[string]any{"version": "1.16.0"}},
			Artifacts: []*artifact{{ExternalIdentifier: "one.img", Region: "out"}},
		}
		update(one.ID, done)
		equal(t, "the status between", status(), "v0 VERSION_INCOMPLETE")
		_, err = clients.assign("ubuntu", "production", "fp-new")
		wantError(t, err, 400, 9, "The version with fingerprint fp-new is not complete, so no channel can be assigned to it.")
		update(two.ID, updateBuild{Status: buildRunning.Pointer()})
		equal(t, "the status at the second", status(), "v0 VERSION_RUNNING")
		update(two.ID, updateBuild{Status: buildDone.Pointer(), Artifacts: []*artifact{{ExternalIdentifier: "two.img"}}})
		equal(t, "the status in the end", status(), "v4 VERSION_ACTIVE")
		equal(t, "latest", clients.assigned(t, "ubuntu", "latest"), "v4")
		equal(t, "the author of latest", must(clients.channel("ubuntu", "latest"))(t).Payload.Channel.AuthorID, "HCP Packer")
		succeeds(clients.assign("ubuntu", "production", "fp-new"))(t)
		equal(t, "production", clients.assigned(t, "ubuntu", "production"), "v4")

		// A repeated request changes nothing but the time.
		again := update(one.ID, done)
		equal(t, "the number of artifacts", len(again.Artifacts), 1)
		// What is left out is kept.
		got := update(one.ID, updateBuild{Artifacts: []*artifact{{ExternalIdentifier: "one.img", Region: "elsewhere"}}})
		equal(t, "the platform", got.Platform, "packer.file")
		equal(t, "the label", got.Labels["a"], "b")
		equal(t, "the run", got.PackerRunUUID, "run-1")
		equal(t, "the source", got.SourceExternalIdentifier, "base.img")
		equal(t, "the status", *got.Status, buildDone)
		equal(t, "the number of artifacts", len(got.Artifacts), 2)
		if got.Metadata == nil {
			t.Error("the metadata is lost")
		}

		first := must(send(to{BucketName: "ubuntu"}, packer_service.NewPackerServiceListVersionsParams(), clients.packer.PackerServiceListVersions))(t)
		equal(t, "the first in the list", first.Payload.Versions[0].Name, "v4")
		equal(t, "the author in the history", history(t, clients, "latest"), "v4 by HCP Packer, v3 by HCP Packer")
		if id := first.Payload.Versions[0].ID; !regexp.MustCompile(`^01JBVG[0-9A-Z]{20}$`).MatchString(id) {
			t.Errorf("the ID %q is no ULID of the time", id)
		}
	})
}

// history returns the history of a channel of ubuntu, newest first.
func history(t *testing.T, clients sdkClients, channel string) string {
	t.Helper()
	got := must(send(to{BucketName: "ubuntu", ChannelName: channel}, packer_service.NewPackerServiceListChannelAssignmentHistoryParams(),
		clients.packer.PackerServiceListChannelAssignmentHistory))(t).Payload
	var list []string
	for _, a := range got.History {
		list = append(list, a.Version.Name+" by "+a.AuthorID)
		if a.AssignedAt.IsZero() {
			t.Errorf("%s has no time", a.Version.Name)
		}
	}
	equal(t, "the count", int(got.Count), len(list))
	return strings.Join(list, ", ")
}

// A build that failed or was cancelled may run again. Packer sends the latter twice.
func TestResume(t *testing.T) {
	_, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "fp-new"))(t)
	build := must(clients.createBuild("ubuntu", "fp-new", &createBuild{ComponentType: "file.one"}))(t).Payload.Build
	other := must(clients.createBuild("ubuntu", "fp-new", &createBuild{ComponentType: "file.two"}))(t).Payload.Build
	for _, step := range []struct {
		id      string
		status  models.HashicorpCloudPacker20230101BuildStatus
		version string
	}{
		{build.ID, buildRunning, "v0 VERSION_RUNNING"},
		{build.ID, buildFailed, "v0 VERSION_FAILED"},
		{build.ID, buildRunning, "v0 VERSION_RUNNING"},
		{build.ID, buildCancelled, "v0 VERSION_CANCELLED"},
		{build.ID, buildCancelled, "v0 VERSION_CANCELLED"},
		{build.ID, buildRunning, "v0 VERSION_RUNNING"},
		{build.ID, buildUnset, "v0 VERSION_RUNNING"}, // unset means unchanged
		{build.ID, buildDone, "v0 VERSION_INCOMPLETE"},
		{build.ID, buildDone, "v0 VERSION_INCOMPLETE"},
		{other.ID, buildDone, "v4 VERSION_ACTIVE"},
		{other.ID, buildDone, "v4 VERSION_ACTIVE"},
	} {
		got := must(clients.updateBuild("ubuntu", "fp-new", step.id, &updateBuild{Status: step.status.Pointer(), PackerRunUUID: "run"}))(t).Payload.Build
		equal(t, "unset", *got.Status == buildUnset, false)
		v := must(clients.version("ubuntu", "fp-new"))(t).Payload.Version
		equal(t, "the version after "+string(step.status), v.Name+" "+string(*v.Status), step.version)
	}
	equal(t, "latest", history(t, clients, "latest"), "v4 by HCP Packer, v3 by HCP Packer")
}

func TestVersionErrors(t *testing.T) {
	fake, clients := setup(t)
	const invalid = `: want 1 to 40 letters, digits, hyphens, dots and underscores, between letters or digits`
	for fingerprint, message := range map[string]string{
		"":                      `invalid fingerprint ""` + invalid,
		"-x":                    `invalid fingerprint "-x"` + invalid,
		"x.":                    `invalid fingerprint "x."` + invalid,
		strings.Repeat("x", 41): `invalid fingerprint "` + strings.Repeat("x", 41) + `"` + invalid,
	} {
		_, err := clients.createVersion("ubuntu", fingerprint)
		wantError(t, err, 400, 3, message)
	}
	for _, fingerprint := range []string{"x", strings.Repeat("x", 40), "1.2_3-4"} {
		succeeds(clients.createVersion("ubuntu", fingerprint))(t)
	}
	_, err := clients.createVersion("ubuntu", "fp-v1")
	wantError(t, err, 409, 6, "Error: The version with fingerprint fp-v1 already exists.")
	_, err = clients.updateVersion("ubuntu", "x", &updateVersion{Complete: true})
	wantError(t, err, 400, 9, "The version with fingerprint x is not complete.")
	succeeds(clients.updateVersion("ubuntu", "fp-v1", &updateVersion{Complete: true}))(t)

	unknown := request(t, fake, "POST", "/buckets/ubuntu/versions", `{"fingerprint":"y","template_type":"YAML"}`)
	wantStatus(t, unknown, 400, 3)
	wantStatus(t, request(t, fake, "POST", "/buckets/ubuntu/versions", `{`), 400, 3)
	// As scripts with curl do it: another type, unknown and null members.
	r := authorized(t, fake, "POST", "/buckets/ubuntu/versions", `{"fingerprint":"y","template_type":null,"more":[]}`)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	equal(t, "the status", serve(fake, r).Code, http.StatusOK)
}

func TestDeleteVersion(t *testing.T) {
	_, clients := setup(t, ticking())
	remove := func(fingerprint string, rollBack *bool) error {
		_, err := send(to{BucketName: "ubuntu", Fingerprint: fingerprint, RollbackChannels: rollBack},
			packer_service.NewPackerServiceDeleteVersionParams(), clients.packer.PackerServiceDeleteVersion)
		return err
	}
	wantError(t, remove("x", nil), 404, 5, "Error: The version with identifier x does not exist.")
	succeeds(clients.assign("ubuntu", "staging", "fp-v1"))(t)
	succeeds(clients.assign("ubuntu", "staging", "fp-v3"))(t)
	wantError(t, remove("fp-v3", nil), 400, 9,
		"Version is assigned by channels: staging. Please, remove the channels assignment before deleting the version.")
	yes := true
	check(t, remove("fp-v3", &yes))
	equal(t, "staging", clients.assigned(t, "ubuntu", "staging"), "v1")
	equal(t, "latest", clients.assigned(t, "ubuntu", "latest"), "v2")
	equal(t, "the history", history(t, clients, "staging"), "v1 by reader, v1 by reader")
	equal(t, "a number that is used again", clients.publish(t, "ubuntu", "fp-new").Name, "v3")
	succeeds(clients.createVersion("ubuntu", "fp-empty"))(t)
	check(t, remove("fp-empty", nil))
}

func TestBuildErrors(t *testing.T) {
	_, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "new"))(t)
	other := clients.publish(t, "base", "base-1")
	another := clients.publish(t, "base", "base-2")
	latest := must(clients.channel("base", "latest"))(t).Payload.Channel.ID
	build := must(clients.createBuild("ubuntu", "new", &createBuild{
		ComponentType: "file.one", Platform: "aws", ParentVersionID: other.ID, SourceExternalIdentifier: "x", Status: buildRunning.Pointer(),
	}))(t).Payload.Build
	succeeds(clients.updateBuild("ubuntu", "new", build.ID, &updateBuild{Platform: "aws", ParentVersionID: other.ID, ParentChannelID: latest}))(t)

	for name, c := range map[string]struct {
		body    createBuild
		status  int
		code    int32
		message string
	}{
		"no component type": {createBuild{}, 400, 3, "component_type is required"},
		"taken":             {createBuild{ComponentType: "file.one"}, 409, 6, "The build with component type file.one already exists."},
		"source alone":      {createBuild{ComponentType: "x", SourceExternalIdentifier: "x"}, 400, 3, "source_external_identifier requires parent_version_id"},
		"channel alone":     {createBuild{ComponentType: "x", ParentChannelID: "x"}, 400, 3, "parent_channel_id requires parent_version_id"},
		"unknown parent":    {createBuild{ComponentType: "x", ParentVersionID: "x"}, 404, 5, "Error: The version with identifier x does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clients.createBuild("ubuntu", "new", &c.body)
			wantError(t, err, c.status, c.code, c.message)
		})
	}
	for name, c := range map[string]struct {
		body    updateBuild
		status  int
		code    int32
		message string
	}{
		"platform": {updateBuild{Platform: "gce"}, 409, 6, "You cannot override a build's Platform if it has already been set."},
		"parent":   {updateBuild{ParentVersionID: another.ID}, 409, 6, "You cannot override a build's Parent Version ID if it has already been set."},
		"channel":  {updateBuild{ParentVersionID: other.ID, ParentChannelID: "x"}, 409, 6, "You cannot override a build's Parent Channel ID if it has already been set."},
	} {
		t.Run(name, func(t *testing.T) {
			c.body.Status, c.body.Labels = buildDone.Pointer(), map[string]string{"changed": "yes"}
			_, err := clients.updateBuild("ubuntu", "new", build.ID, &c.body)
			wantError(t, err, c.status, c.code, c.message)
		})
	}
	// What is refused has changed nothing.
	got := must(clients.version("ubuntu", "new"))(t).Payload.Version
	equal(t, "the number of builds", len(got.Builds), 1)
	equal(t, "the status", *got.Builds[0].Status, buildRunning)
	equal(t, "the number of labels", len(got.Builds[0].Labels), 0)
	equal(t, "the name", got.Name, "v0")

	_, err := clients.updateBuild("ubuntu", "new", "x", &updateBuild{})
	wantError(t, err, 404, 5, "The build with identifier x does not exist.")
	succeeds(clients.updateBuild("ubuntu", "new", build.ID, &updateBuild{Status: buildDone.Pointer()}))(t)
	_, err = clients.updateBuild("ubuntu", "new", build.ID, &updateBuild{Status: buildFailed.Pointer()})
	wantError(t, err, 400, 9, "The build with identifier "+build.ID+" is done.")
	_, err = clients.createBuild("ubuntu", "new", &createBuild{ComponentType: "file.two"})
	wantError(t, err, 400, 9, "The version with fingerprint new is complete, so no build can be added to it.")
	_, err = send(to{BucketName: "ubuntu", Fingerprint: "new", BuildID: build.ID}, packer_service.NewPackerServiceDeleteBuildParams(), clients.packer.PackerServiceDeleteBuild)
	wantError(t, err, 400, 9, "The version with fingerprint new is complete, so its builds cannot be deleted.")
}

// A version is also completed when its last build that is not done is deleted.
func TestDeleteBuild(t *testing.T) {
	_, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "new"))(t)
	succeeds(clients.createBuild("ubuntu", "new", &createBuild{ComponentType: "file.one", Status: buildDone.Pointer()}))(t)
	equal(t, "the name", must(clients.version("ubuntu", "new"))(t).Payload.Version.Name, "v4")

	succeeds(clients.createVersion("ubuntu", "newer"))(t)
	first := must(clients.createBuild("ubuntu", "newer", &createBuild{ComponentType: "file.one"}))(t).Payload.Build
	second := must(clients.createBuild("ubuntu", "newer", &createBuild{ComponentType: "file.two"}))(t).Payload.Build
	succeeds(clients.updateBuild("ubuntu", "newer", first.ID, &updateBuild{Status: buildDone.Pointer()}))(t)
	succeeds(send(to{BucketName: "ubuntu", Fingerprint: "newer", BuildID: second.ID}, packer_service.NewPackerServiceDeleteBuildParams(), clients.packer.PackerServiceDeleteBuild))(t)
	equal(t, "the name", must(clients.version("ubuntu", "newer"))(t).Payload.Version.Name, "v5")
}

// Whatever the body is, the fake answers as HCP's API does. The fake would report a
// panic to the test.
func TestOddBodies(t *testing.T) {
	fake, clients := setup(t)
	succeeds(clients.createVersion("ubuntu", "new"))(t)
	build := must(clients.createBuild("ubuntu", "new", &createBuild{ComponentType: "x", Status: buildRunning.Pointer()}))(t).Payload.Build
	for _, route := range []string{
		"PUT /registry", "PATCH /registry", "PATCH /runtasks/config", "PATCH /runtasks/hmac",
		"PUT /buckets", "PATCH /buckets/ubuntu", "POST /buckets/ubuntu/channels", "PATCH /buckets/ubuntu/channels/staging",
		"POST /buckets/ubuntu/channels/assign", "POST /buckets/ubuntu/versions", "PATCH /buckets/ubuntu/versions/fp-v1",
		"POST /buckets/ubuntu/versions/new/builds", "PATCH /buckets/ubuntu/versions/new/builds/" + build.ID,
		"PUT /buckets/ubuntu/versions/new/builds/" + build.ID + "/sboms", "POST /_search/external_artifact",
	} {
		method, path, _ := strings.Cut(route, " ")
		for _, body := range []string{
			"", "null", "{}", "[]", `"x"`, `{"artifacts":[null],"labels":null,"status":null}`, `{"update_mask":",","platforms":null}`,
			`{"update_mask":"versionFingerprint","version_fingerprint":null}`, `{"compressed_sbom":"eA==","format":"SPDX"}`,
			`{"status":"x","template_type":"x","feature_tier":"x","format":"x"}`, `{"revoke_at":"x"}`, `{"revoke_in":"99999999999999d"}`,
		} {
			if w := request(t, fake, method, path, body); w.Code >= 500 || (w.Code != http.StatusOK && !strings.Contains(w.Body.String(), `"code":`)) {
				t.Errorf("%s %s: got %d %s", route, body, w.Code, w.Body)
			}
		}
	}
}
