package hcpfake

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"google.golang.org/grpc/codes"
)

// scope is what a request to the Packer service refers to. Its bucket is nil if
// the request refers to the registry.
type scope struct {
	org     *Organization
	project *Project
	bucket  *Bucket
}

// registry returns the scope of a request to a project's registry.
func (c *call) registry() (scope, error) {
	orgID, projectID := c.params["organization"], c.params["project"]
	if err := c.mayRead(projectID); err != nil {
		return scope{}, err
	}
	org := c.state.organization(orgID)
	p := org.project(projectID)
	if p == nil {
		return scope{}, notFoundf("project %q not found in organization %q", projectID, orgID)
	}
	if p.Registry == nil {
		return scope{}, notFoundf("no HCP Packer registry found in project %q", projectID)
	}
	return scope{org: org, project: p}, nil
}

// activeRegistry is like registry, but fails if the registry is not activated.
// Only GetRegistry works on inactive registries.
func (c *call) activeRegistry() (scope, error) {
	s, err := c.registry()
	if err != nil {
		return s, err
	}
	if config := s.project.Registry.Config; config == nil || !config.Activated {
		return s, statusErrorf(http.StatusBadRequest, codes.FailedPrecondition, "Registry not activated. Activate the HCP Packer registry of project %q to use it.", s.project.ID)
	}
	return s, nil
}

func (c *call) bucket() (scope, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return s, err
	}
	name := c.params["bucket"]
	if s.bucket = s.project.Bucket(name); s.bucket == nil {
		return s, notFoundf("Error: The bucket with identifier %s does not exist.", name)
	}
	return s, nil
}

func (c *call) channel() (scope, *Channel, error) {
	s, err := c.bucket()
	if err != nil {
		return s, nil, err
	}
	name := c.params["channel"]
	ch := s.bucket.Channel(name)
	if ch == nil {
		return s, nil, notFoundf("Error: The channel with identifier %s does not exist.", name)
	}
	return s, ch, nil
}

func (c *call) version() (scope, *Version, error) {
	s, err := c.bucket()
	if err != nil {
		return s, nil, err
	}
	fingerprint := c.params["fingerprint"]
	v := find(s.bucket.Versions, func(v *Version) bool { return v.Fingerprint == fingerprint })
	if v == nil {
		return s, nil, unknownFingerprintf("Version with fingerprint %s not found", fingerprint)
	}
	return s, v, nil
}

// assigned returns the version that a channel is assigned to, or nil.
func (c *call) assigned(b *Bucket, ch *Channel) *Version {
	v := b.Version(ch.Version)
	if v == nil && ch.Version != "" {
		c.server.errorf("hcpfake: channel %q of bucket %q is assigned to version %q, which does not exist", ch.Name, b.Name, ch.Version)
	}
	return v
}

func (c *call) getRegistry() (any, error) {
	s, err := c.registry()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRegistryResponse{Registry: s.project.Registry}, nil
}

func (c *call) listBuckets() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, nonNil(s.project.Buckets), bucketSortFields("name"))
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBucketsResponse{
		Buckets: mapSlice(list, func(b *Bucket) *models.HashicorpCloudPacker20230101Bucket {
			return c.bucketView(scope{s.org, s.project, b})
		}),
		Pagination: pagination,
	}, nil
}

// bucketSortFields returns the fields of buckets. The field of the bucket's name
// depends on the version of the API.
func bucketSortFields(name string) sortFields[*Bucket] {
	return sortFields[*Bucket]{
		name:         func(a, b *Bucket) int { return cmp.Compare(a.Name, b.Name) },
		"id":         func(a, b *Bucket) int { return cmp.Compare(a.ID, b.ID) },
		"created_at": func(a, b *Bucket) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"updated_at": func(a, b *Bucket) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
	}
}

func (c *call) getBucket() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetBucketResponse{Bucket: c.bucketView(s)}, nil
}

func (c *call) listChannels() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListChannelsResponse{
		Channels: mapSlice(nonNil(s.bucket.Channels), func(ch *Channel) *models.HashicorpCloudPacker20230101Channel {
			return c.channelView(s.bucket, ch)
		}),
	}, nil
}

func (c *call) getChannel() (any, error) {
	s, ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetChannelResponse{Channel: c.channelView(s.bucket, ch)}, nil
}

func (c *call) listVersions() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, nonNil(s.bucket.Versions), sortFields[*Version]{
		"name":       func(a, b *Version) int { return cmp.Compare(versionNumber(a), versionNumber(b)) },
		"created_at": func(a, b *Version) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at": func(a, b *Version) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListVersionsResponse{
		Versions:   mapSlice(list, func(v *Version) *Version { return versionView(v, c.now, false) }),
		Pagination: pagination,
	}, nil
}

func (c *call) getVersion() (any, error) {
	_, v, err := c.version()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetVersionResponse{Version: versionView(v, c.now, true)}, nil
}

func (c *call) listBuilds() (any, error) {
	s, v, err := c.version()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, nonNil(v.Builds), sortFields[*Build]{
		"component_type": func(a, b *Build) int { return cmp.Compare(a.ComponentType, b.ComponentType) },
		"created_at":     func(a, b *Build) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at":     func(a, b *Build) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBuildsResponse{
		Builds:     list,
		Location:   location(s.org, s.project),
		Pagination: pagination,
	}, nil
}

func (c *call) getBuild() (any, error) {
	_, v, err := c.version()
	if err != nil {
		return nil, err
	}
	id := c.params["build"]
	build := find(v.Builds, func(b *Build) bool { return b.ID == id })
	if build == nil {
		return nil, notFoundf("The build with identifier %s does not exist.", id)
	}
	return &models.HashicorpCloudPacker20230101GetBuildResponse{Build: build}, nil
}

func (c *call) getRunTask() (any, error) {
	url, key, err := c.runTask()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRegistryTFCRunTaskAPIResponse{APIURL: url, HmacKey: key}, nil
}

// runTask returns the URL and the HMAC key for HCP Terraform's run tasks. The fake
// does not serve run tasks, and the form of the URL is its own.
func (c *call) runTask() (url, key string, err error) {
	s, err := c.activeRegistry()
	if err != nil {
		return "", "", err
	}
	if task := c.params["task"]; task != "validation" {
		return "", "", invalidf("unknown task type %q", task)
	}
	id, key := newULID(s.project.ID, "run task"), newULID(s.project.ID, "run task key")
	if config := s.project.Registry.Config.TfcRunTaskConfig; config != nil {
		id, key = cmp.Or(config.APIID, id), cmp.Or(config.HmacKey, key)
	}
	return fmt.Sprintf("https://%s/packer/runtasks/%s", c.request.Host, id), key, nil
}

func (c *call) channelView(b *Bucket, ch *Channel) *models.HashicorpCloudPacker20230101Channel {
	return &models.HashicorpCloudPacker20230101Channel{
		ID:         ch.ID,
		Name:       ch.Name,
		BucketName: b.Name,
		AuthorID:   ch.AuthorID,
		CreatedAt:  strfmt.DateTime(ch.CreatedAt),
		UpdatedAt:  strfmt.DateTime(ch.UpdatedAt),
		Managed:    ch.Managed,
		Restricted: ch.Restricted,
		Version:    versionView(c.assigned(b, ch), c.now, false),
	}
}

func (c *call) bucketView(s scope) *models.HashicorpCloudPacker20230101Bucket {
	b := s.bucket
	latest := c.latest(b)
	return &models.HashicorpCloudPacker20230101Bucket{
		ID:            b.ID,
		Name:          b.Name,
		Description:   b.Description,
		Labels:        b.Labels,
		CreatedAt:     strfmt.DateTime(b.CreatedAt),
		UpdatedAt:     strfmt.DateTime(b.UpdatedAt),
		Location:      location(s.org, s.project),
		ResourceName:  fmt.Sprintf("packer/project/%s/bucket/%s", s.project.ID, b.Name),
		LatestVersion: versionView(latest, c.now, false),
		Platforms:     platforms(b.newestComplete()),
		VersionCount:  strconv.Itoa(len(b.Versions)),
	}
}

// latest returns the version that the channel "latest" is assigned to, or nil.
func (c *call) latest(b *Bucket) *Version {
	if ch := b.Channel(latestChannel); ch != nil {
		return c.assigned(b, ch)
	}
	return nil
}

func platforms(v *Version) []string {
	list := []string{}
	if v == nil {
		return list
	}
	for _, b := range nonNil(v.Builds) {
		if b.Platform != "" && !slices.Contains(list, b.Platform) {
			list = append(list, b.Platform)
		}
	}
	return list
}

func compareTimes(a, b strfmt.DateTime) int {
	return time.Time(a).Compare(time.Time(b))
}
