package hcpfake_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// everything publishes, assigns, revokes and uploads something of every kind.
func everything(t *testing.T, fake *hcpfake.Server, clients sdkClients) {
	t.Helper()
	family(t, clients)
	succeeds(clients.updateVersion("base", "base-2", &updateVersion{RevokeIn: "1h"}))(t)
	succeeds(clients.createVersion("child", "child-3"))(t)
	encoder, err := zstd.NewWriter(nil)
	check(t, err)
	build := must(clients.createBuild("child", "child-3", &createBuild{ComponentType: "x", Status: buildRunning.Pointer()}))(t).Payload.Build
	sbom, err := json.Marshal(map[string]any{"format": "SPDX", "name": "packages", "compressed_sbom": encoder.EncodeAll([]byte(`{"packages":[{}]}`), nil)})
	check(t, err)
	for path, body := range map[string]string{
		"PUT /buckets/child/versions/child-3/builds/" + build.ID + "/sboms": string(sbom),
		"PATCH /runtasks/hmac":   `{}`,
		"PATCH /runtasks/config": `{"on_untracked_image":"FAIL"}`,
		"PATCH /buckets/base":    `{"description":"","labels":{"a":""}}`,
		"POST /2019-12-10/iam/project%2F" + projectID + "/service-principals": `{"name":"ci"}`,
		"PUT /2019-12-10/resource-manager/resources/iam-policy":               `{"resource_name":"packer/project/` + projectID + `/bucket/base","policy":{}}`,
	} {
		method, path, _ := strings.Cut(path, " ")
		r := authorized(t, fake, method, path, body)
		if strings.HasPrefix(path, "/2019") {
			r.URL.RawPath = path
			r.URL.Path = strings.ReplaceAll(path, "%2F", "/")
		}
		if w := serve(fake, r); w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
}

// answers returns what the fake answers to all kinds of reads.
func answers(t *testing.T, fake *hcpfake.Server) map[string]string {
	t.Helper()
	paths := []string{"/registry", "/runtasks/validation", "/runtasks/config", "/buckets"}
	for _, bucket := range []string{"ubuntu", "base", "child", "grandchild"} {
		for _, path := range []string{"", "/channels", "/versions", "/ancestry", "/channels/latest/history"} {
			paths = append(paths, "/buckets/"+bucket+path)
		}
	}
	paths = append(paths, "/buckets/child/channels/stable/history", "/buckets/child/versions/child-3/builds", "/buckets/child/versions/child-2")
	got := make(map[string]string)
	for _, path := range paths {
		w := get(t, fake, packer2023+path)
		equal(t, "the status of "+path, w.Code, http.StatusOK)
		got[path] = w.Body.String()
	}
	for _, path := range []string{
		"/2019-12-10/iam/project/" + projectID + "/service-principal/ci",
		"/2019-12-10/resource-manager/resources/iam-policy?resource_name=packer/project/" + projectID + "/bucket/base",
	} {
		got[path] = get(t, fake, path).Body.String()
	}
	return got
}

// A fake that starts with the state of another, or with a recording of it in a seed
// file, gives the same answers.
func TestSeedOfPresentState(t *testing.T) {
	fake, clients := setup(t, ticking())
	everything(t, fake, clients)
	want := answers(t, fake)
	compare := func(what string, got map[string]string) {
		t.Helper()
		for path, body := range want {
			if got[path] != body {
				t.Errorf("%s answers %s with\n%swant\n%s", what, path, got[path], body)
			}
		}
	}
	copied := hcpfake.New(fake.Seed(), hcpfake.WithErrorf(t.Errorf), hcpfake.WithClock(func() time.Time { return start }))
	compare("a copy", answers(t, copied))

	recording, err := json.MarshalIndent(fake.Seed(), "", "  ")
	check(t, err)
	if bytes.Contains(recording, []byte(`"0001-01-01`)) || bytes.Contains(recording, []byte("null")) {
		t.Errorf("the recording contains unset fields: %s", recording)
	}
	seed, err := hcpfake.ReadSeed(bytes.NewReader(recording), start)
	check(t, err)
	compare("a recording", answers(t, hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf), hcpfake.WithClock(func() time.Time { return start }))))
}

func TestReset(t *testing.T) {
	fake, clients := setup(t)
	before, err := json.Marshal(fake.Seed())
	check(t, err)
	everything(t, fake, clients)
	fake.Advance(2 * time.Hour)
	fake.Inject(hcpfake.Fault{Status: 500})
	fake.Reset()
	equal(t, "the number of requests", fake.Count(""), 0)
	equal(t, "the time", fake.Now(), start)
	after, err := json.Marshal(fake.Seed())
	check(t, err)
	equal(t, "the state", string(after), string(before))
	succeeds(clients.bucket("ubuntu"))(t) // with the old token, and without a fault
	_, err = clients.bucket("base")
	wantError(t, err, 404, 5, "Error: The bucket with identifier base does not exist.")
}

func TestClock(t *testing.T) {
	fake, clients := setup(t)
	succeeds(clients.updateVersion("ubuntu", "fp-v2", &updateVersion{RevokeIn: "720h"}))(t)
	status := func() string {
		t.Helper()
		return string(*must(clients.channel("ubuntu", "production"))(t).Payload.Channel.Version.Status)
	}
	equal(t, "the status", status(), "VERSION_REVOCATION_SCHEDULED")
	fake.SetTime(start.Add(720 * time.Hour))
	equal(t, "the status", status(), "VERSION_REVOKED")
	_, err := clients.updateVersion("ubuntu", "fp-v2", &updateVersion{RevokeIn: "1h"})
	wantError(t, err, 400, 9, "The version with fingerprint fp-v2 is revoked. Restore it to update it.")
	fake.Advance(-time.Second)
	equal(t, "the status", status(), "VERSION_REVOCATION_SCHEDULED")
	equal(t, "the time", fake.Now(), start.Add(720*time.Hour-time.Second))
	fake.SetTime(time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC))
	succeeds(clients.createBucket(&createBucket{Name: "old"}))(t)
}

// A served fault takes effect, although the client sees an error or nothing.
func TestServedFault(t *testing.T) {
	for name, fault := range map[string]hcpfake.Fault{
		"answered with an error": {Served: true, Status: 500},
		"lost":                   {Served: true, Reset: true},
		"not served":             {Status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			fake, clients := setup(t)
			fault.Operation, fault.Times = hcpfake.CreateBucket, 1
			fake.Inject(fault)
			if _, err := clients.createBucket(&createBucket{Name: "new"}); err == nil {
				t.Error("the request succeeded")
			}
			_, err := clients.createBucket(&createBucket{Name: "new"})
			if !fault.Served {
				check(t, err)
				return
			}
			wantError(t, err, 409, 6, "Error: The bucket with identifier new already exists.")
		})
	}
	fake, clients := setup(t)
	fake.Inject(hcpfake.Fault{Status: 500})
	fake.ClearFaults()
	succeeds(clients.bucket("ubuntu"))(t)
}
