package hcpfake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Readers must see the state before or after an update, never a mixture.
func TestConcurrency(t *testing.T) {
	fake := newFake(t)
	token := signIn(t, fake)
	const production = packer2023 + "/buckets/ubuntu/channels/production"
	paths := []string{
		production,
		packer2023 + "/buckets",
		packer2021 + "/images/ubuntu/channels/production",
		resourceManager + "/organizations",
	}
	// Each update changes several parts of a response to the same mark.
	mark := func(i int) {
		text := strconv.Itoa(i)
		fake.Update(func(s *hcpfake.Seed) {
			b := s.Project(projectID).Bucket("ubuntu")
			b.Channel("production").Version = []string{"v1", "v2", ""}[i%3]
			b.Channel("production").AuthorID = text
			runtime.Gosched() // Let readers run, if they can.
			for _, v := range b.Versions {
				v.AuthorID = text
				v.Builds[0].Labels = map[string]string{"mark": text}
			}
		})
	}
	mark(0)
	var readers, updater sync.WaitGroup
	done := make(chan struct{})
	updater.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			mark(i)
			fake.Inject(hcpfake.Fault{Operation: hcpfake.GetProject, Times: 1, Status: 500})
			fake.Requests()
			fake.Count(hcpfake.GetChannel)
			if err := fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: "v3"}); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 100 {
		readers.Go(func() {
			for range 10 {
				r := httptest.NewRequest(http.MethodGet, paths[i%len(paths)], nil)
				r.Header.Set("Authorization", "Bearer "+token)
				if w := serve(fake, r); w.Code != http.StatusOK {
					t.Errorf("got %d %s", w.Code, w.Body)
				} else if r.URL.Path == production {
					sameMark(t, w)
				}
				if w := serve(fake, tokenRequest()); w.Code != http.StatusOK {
					t.Errorf("signing in: got %d %s", w.Code, w.Body)
				}
			}
		})
	}
	readers.Wait()
	close(done)
	updater.Wait()
	if n := fake.Count(""); n != 100*10*2+1 {
		t.Errorf("%d requests are logged, want 2001", n)
	}
}

// sameMark checks that all parts of a response come from the same update.
func sameMark(t *testing.T, w *httptest.ResponseRecorder) {
	var got models.HashicorpCloudPacker20230101GetChannelResponse
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Error(err)
		return
	}
	if v := got.Channel.Version; v != nil && (v.AuthorID != got.Channel.AuthorID || v.Builds[0].Labels["mark"] != v.AuthorID) {
		t.Errorf("got a mixture of states: %s", w.Body)
	}
}

// Builds of one bucket that run at once, as several pipelines would run them, while
// others assign its channels: every version gets a number of its own, and the
// channels end up at one of them.
func TestParallelWriters(t *testing.T) {
	fake, clients := setup(t)
	succeeds(clients.createBucket(&createBucket{Name: "shared"}))(t)
	succeeds(clients.createChannel("shared", &createChannel{Name: "stable"}))(t)
	const versions, builds = 8, 3
	var pipelines sync.WaitGroup
	for i := range versions {
		pipelines.Go(func() {
			fingerprint := "fp-" + strconv.Itoa(i)
			if _, err := clients.createVersion("shared", fingerprint); err != nil {
				t.Error(err)
				return
			}
			var ids []string
			for j := range builds {
				created, err := clients.createBuild("shared", fingerprint, &createBuild{ComponentType: "file." + strconv.Itoa(j)})
				if err != nil {
					t.Error(err)
					return
				}
				ids = append(ids, created.Payload.Build.ID)
			}
			var sources sync.WaitGroup
			for _, id := range ids {
				sources.Go(func() {
					for _, status := range []hcpfake.BuildStatus{buildRunning, buildDone, buildDone} {
						if _, err := clients.updateBuild("shared", fingerprint, id, &updateBuild{
							Status: status.Pointer(), Artifacts: []*artifact{{ExternalIdentifier: id}},
						}); err != nil {
							t.Error(err)
						}
					}
					_, _ = clients.assign("shared", "stable", fingerprint) // It may be incomplete.
					if _, err := clients.channel("shared", "latest"); err != nil {
						t.Error(err)
					}
				})
			}
			sources.Wait()
			if _, err := clients.assign("shared", "stable", fingerprint); err != nil {
				t.Error(err)
			}
			fake.Seed()
		})
	}
	pipelines.Wait()

	fake.Update(func(s *hcpfake.Seed) {
		b := s.Project(projectID).Bucket("shared")
		for i := range versions {
			v := b.Version("v" + strconv.Itoa(i+1))
			if v == nil {
				t.Errorf("no version has the number %d", i+1)
				continue
			}
			equal(t, "the number of builds", len(v.Builds), builds)
			for _, build := range v.Builds {
				equal(t, "the number of artifacts", len(build.Artifacts), 1)
			}
		}
		equal(t, "latest", b.Version(b.Channel("latest").Version).Name, "v"+strconv.Itoa(versions))
		equal(t, "the length of the history of latest", len(b.Channel("latest").History), versions)
		if b.Version(b.Channel("stable").Version) == nil {
			t.Error("stable is unassigned")
		}
	})
}
