package interop

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

var seed = flag.Uint64("seed", 0, "the `seed` of the random registries, or 0 for a random one")

// There are few values, so that images often differ in one of them only, or in none.
var (
	regions  = []string{"eu-central-1", "eu-central-1", "us-east-1"}
	imageIDs = []string{"ami-1", "ami-2", "ami-3", "ami-4", "ami-5"}
)

// generator makes random registries. Some of their states are such as HCP has only for
// an instant, or never.
type generator struct {
	*rand.Rand
	now time.Time
}

// newGenerator returns a generator, and sets the seed that makes another one like it.
func newGenerator() generator {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	return generator{rand.New(rand.NewPCG(*seed, 0)), time.Now()}
}

func pick[T any](g generator, values ...T) T { return values[g.IntN(len(values))] }

func (g generator) project(n int) *hcpfake.Project {
	p := &hcpfake.Project{
		ID:       fmt.Sprintf("7b1e2d3c-4f5a-4b6c-8d7e-%012d", n),
		Name:     fmt.Sprintf("project-%d", n),
		Registry: hcpfake.ActiveRegistry(),
	}
	for i := range pick(g, 1, 1, 2) {
		p.Buckets = append(p.Buckets, g.bucket(fmt.Sprintf("bucket-%d", i)))
	}
	return p
}

func (g generator) bucket(name string) *hcpfake.Bucket {
	b := &hcpfake.Bucket{Name: name}
	for n := range pick(g, 0, 1, 2, 2, 3, 3, 3) {
		b.Versions = append(b.Versions, g.version(n+1, b))
	}
	for _, name := range []string{"development", "production"}[:g.IntN(3)] {
		ch := &hcpfake.Channel{Name: name}
		if len(b.Versions) > 0 && g.IntN(10) > 0 {
			ch.Version = pick(g, b.Versions...).Fingerprint
		}
		b.Channels = append(b.Channels, ch)
	}
	return b
}

// version returns a version of one of the statuses that a version may have.
func (g generator) version(n int, b *hcpfake.Bucket) *hcpfake.Version {
	const (
		active    = models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE
		revoked   = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED
		scheduled = models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED
	)
	past, future := strfmt.DateTime(g.now.Add(-time.Hour)), strfmt.DateTime(g.now.Add(240*time.Hour))
	v := &hcpfake.Version{Name: fmt.Sprintf("v%d", n), Fingerprint: fmt.Sprintf("fingerprint-%d", n)}
	for range g.IntN(5) {
		v.Builds = append(v.Builds, g.build())
	}
	switch g.IntN(16) {
	case 0:
		v.RevokeAt = past
	case 1:
		v.RevokeAt = future
	case 2: // The status lags behind the date.
		v.Status, v.RevokeAt = active.Pointer(), past
	case 3:
		v.Status, v.RevokeAt = scheduled.Pointer(), past
	case 4: // The date lags behind the status.
		v.Status, v.RevokeAt = revoked.Pointer(), future
	case 5:
		v.Status, v.RevokeAt = active.Pointer(), strfmt.DateTime(time.Unix(0, 0))
	case 6:
		v.Name, v.Status = "v0", pick(g,
			models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING,
			models.HashicorpCloudPacker20230101VersionStatusVERSIONINCOMPLETE,
			models.HashicorpCloudPacker20230101VersionStatusVERSIONCANCELLED,
			models.HashicorpCloudPacker20230101VersionStatusVERSIONFAILED,
		).Pointer()
	case 7:
		if len(b.Versions) > 0 {
			ancestor := pick(g, b.Versions...)
			v.RevokeAt = pick(g, past, future)
			v.RevocationInheritedFrom = &hcpfake.RevokedAncestor{BucketName: b.Name, VersionFingerprint: ancestor.Fingerprint}
		}
	}
	return v
}

func (g generator) build() *hcpfake.Build {
	b := &hcpfake.Build{
		Platform:      pick(g, "aws", "aws", "aws", "azure"),
		ComponentType: pick(g, "amazon-ebs.base", "amazon-ebs.gpu"),
		Status: pick(g,
			models.HashicorpCloudPacker20230101BuildStatusBUILDDONE,
			models.HashicorpCloudPacker20230101BuildStatusBUILDDONE,
			models.HashicorpCloudPacker20230101BuildStatusBUILDRUNNING,
			models.HashicorpCloudPacker20230101BuildStatusBUILDFAILED,
		).Pointer(),
	}
	for range pick(g, 0, 1, 1, 2, 3) {
		b.Artifacts = append(b.Artifacts, &hcpfake.Artifact{Region: pick(g, regions...), ExternalIdentifier: pick(g, imageIDs...)})
	}
	return b
}
