package hcpfake_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Run with -race. Readers must see one state or the other, never a mixture.
func TestConcurrency(t *testing.T) {
	fake := newFake(t)
	token := signIn(t, fake)
	paths := []string{
		packer2023 + "/buckets/ubuntu/channels/production",
		packer2023 + "/buckets",
		packer2021 + "/images/ubuntu/channels/production",
		resourceManager + "/organizations",
	}
	var readers, updater sync.WaitGroup
	done := make(chan struct{})
	updater.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			fake.Update(func(s *hcpfake.Seed) {
				b := s.Project(projectID).Bucket("ubuntu")
				b.Channel("production").Version = []string{"v1", "v2", ""}[i%3]
				b.Version("v1").Builds[0].Labels = map[string]string{"i": "x"}
			})
			fake.Inject(hcpfake.Fault{Operation: hcpfake.GetProject, Times: 1, Status: 500})
			fake.Requests()
			fake.Count(hcpfake.GetChannel)
			if err := fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: "v3"}); err != nil {
				t.Error(err)
			}
			if i%10 == 0 {
				fake.ClearFaults()
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
				}
				if w := serve(fake, tokenRequest("http://fake")); w.Code != http.StatusOK {
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
