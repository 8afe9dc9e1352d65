package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// largeAnswer is what HCP answers for a channel with so many builds of 30
// images each.
func largeAnswer(b *testing.B, builds int) []byte {
	b.Helper()
	version := &hcpfake.Version{ID: "01JNZ3N5Q0VERS10N700000000", Name: "v7", Fingerprint: "f00dcafe"}
	for i := range builds {
		build := &hcpfake.Build{
			ID: fmt.Sprintf("01JNZ3N5Q0BV11D%011d", i), VersionID: version.ID, Platform: "aws",
			ComponentType: fmt.Sprintf("amazon-ebs.%d", i), PackerRunUUID: "e0a1b2c3-d4e5-4f60-8a7b-9c0d1e2f3a4b",
			Labels: map[string]string{"os": "ubuntu", "release": "24.04"},
		}
		for region := range 30 {
			build.Artifacts = append(build.Artifacts, &hcpfake.Artifact{
				ID: fmt.Sprintf("01JNZ3N5Q01M%07d%07d", i, region), Region: fmt.Sprintf("region-%d", region),
				ExternalIdentifier: fmt.Sprintf("ami-%08x%08x", i, region),
			})
		}
		version.Builds = append(version.Builds, build)
	}
	answer, err := json.Marshal(models.HashicorpCloudPacker20230101GetChannelResponse{
		Channel: &models.HashicorpCloudPacker20230101Channel{ID: "01JNZ3N5Q0CHANNE1000000000", Name: testChannel, Version: version},
	})
	if err != nil {
		b.Fatal(err)
	}
	return answer
}

// BenchmarkDecode is the yardstick of BenchmarkRead: the SDK's decoding alone.
func BenchmarkDecode(b *testing.B) {
	benchmarkImages(b, func(b *testing.B, answer []byte) {
		for b.Loop() {
			var payload models.HashicorpCloudPacker20230101GetChannelResponse
			if err := json.Unmarshal(answer, &payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRead is a whole read, from Terraform's request to the answer that
// goes back over the wire: sign-in, request, decoding, conversion and state.
func BenchmarkRead(b *testing.B) {
	benchmarkImages(b, func(b *testing.B, answer []byte) {
		hcp := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Method == http.MethodPost {
				_, _ = w.Write([]byte(`{"access_token": "token", "expires_in": 3600}`))
				return
			}
			_, _ = w.Write(answer)
		}))
		defer hcp.Close()
		for b.Loop() {
			read(b, hcp.Listener.Addr().String())
		}
	})
}

// benchmarkImages runs a benchmark with answers of 1,500 and of 15,000 images. It
// fails when ten times as many images take more than thirty times as long: linear
// work takes about ten times as long, quadratic work a hundred times, and other load
// on the machine does not blur that.
func benchmarkImages(b *testing.B, run func(b *testing.B, answer []byte)) {
	took := make(map[int]time.Duration)
	for _, builds := range []int{50, 500} {
		b.Run(fmt.Sprintf("images=%d", 30*builds), func(b *testing.B) {
			run(b, largeAnswer(b, builds))
			took[builds] = b.Elapsed() / time.Duration(b.N)
		})
	}
	if few, many := took[50], took[500]; few > 0 && many > 30*few {
		b.Errorf("1,500 images take %s, but 15,000 take %s", few, many)
	}
}

// read configures a provider and reads the data source once.
func read(b *testing.B, address string) {
	b.Helper()
	env := map[string]string{
		"HCP_API_ADDRESS": address, "HCP_API_TLS": "insecure", "HCP_AUTH_URL": "https://" + address, "HCP_AUTH_TLS": "insecure",
		"HCP_CLIENT_ID": testClientID, "HCP_CLIENT_SECRET": testClientSecret,
		"HCP_ORGANIZATION_ID": testOrganization, "HCP_PROJECT_ID": testProject,
	}
	server := newServer(&packerProvider{
		getenv: func(name string) string { return env[name] }, now: time.Now,
	})
	ctx := context.Background()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: config(b, schemas.Provider, nil)}); err != nil {
		b.Fatal(err)
	}
	resp, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: "packer_image_iteration",
		Config: config(b, schemas.DataSourceSchemas["packer_image_iteration"], map[string]any{
			"bucket": testBucket, "channel": testChannel,
		}),
	})
	if err != nil || len(resp.Diagnostics) != 0 {
		b.Fatal(err, resp.Diagnostics)
	}
}
