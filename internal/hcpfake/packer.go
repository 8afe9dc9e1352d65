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

// place is where in HCP a request of the Packer service is about.
type place struct {
	org     *Organization
	project *Project
	bucket  *Bucket
}

// registry finds the project of the request, which must have a registry.
func (c *call) registry() (place, error) {
	orgID, projectID := c.params["organization"], c.params["project"]
	if err := c.mayRead(projectID); err != nil {
		return place{}, err
	}
	org := c.state.organization(orgID)
	p := org.project(projectID)
	if p == nil {
		return place{}, notFoundf("project %q not found in organization %q", projectID, orgID)
	}
	if p.Registry == nil {
		return place{}, notFoundf("no HCP Packer registry found in project %q", projectID)
	}
	return place{org: org, project: p}, nil
}

// activeRegistry is registry for all that an inactive one does not answer.
func (c *call) activeRegistry() (place, error) {
	at, err := c.registry()
	if err != nil {
		return at, err
	}
	if config := at.project.Registry.Config; config == nil || !config.Activated {
		return at, statusErrorf(http.StatusBadRequest, codes.FailedPrecondition, "Registry not activated. Activate the HCP Packer registry of project %q to use it.", at.project.ID)
	}
	return at, nil
}

func (c *call) bucket() (place, error) {
	at, err := c.activeRegistry()
	if err != nil {
		return at, err
	}
	name := c.params["bucket"]
	if at.bucket = at.project.Bucket(name); at.bucket == nil {
		return at, notFoundf("bucket %q not found", name)
	}
	return at, nil
}

func (c *call) channel() (place, *Channel, error) {
	at, err := c.bucket()
	if err != nil {
		return at, nil, err
	}
	name := c.params["channel"]
	ch := at.bucket.Channel(name)
	if ch == nil {
		return at, nil, notFoundf("channel %q not found in bucket %q", name, at.bucket.Name)
	}
	return at, ch, nil
}

func (c *call) version() (place, *Version, error) {
	at, err := c.bucket()
	if err != nil {
		return at, nil, err
	}
	fingerprint := c.params["fingerprint"]
	v := find(at.bucket.Versions, func(v *Version) bool { return v.Fingerprint == fingerprint })
	if v == nil {
		return at, nil, notFoundf("version with fingerprint %q not found in bucket %q", fingerprint, at.bucket.Name)
	}
	return at, v, nil
}

// assigned is the version that a channel points at, or nil.
func (c *call) assigned(b *Bucket, ch *Channel) *Version {
	v := b.Version(ch.Version)
	if v == nil && ch.Version != "" {
		c.server.errorf("hcpfake: channel %q of bucket %q points at version %q, which does not exist", ch.Name, b.Name, ch.Version)
	}
	return v
}

func (c *call) getRegistry() (any, error) {
	at, err := c.registry()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRegistryResponse{Registry: at.project.Registry}, nil
}

func (c *call) listBuckets() (any, error) {
	at, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, present(at.project.Buckets), bucketOrders("name"))
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBucketsResponse{
		Buckets: mapped(list, func(b *Bucket) *models.HashicorpCloudPacker20230101Bucket {
			return c.bucketView(place{at.org, at.project, b})
		}),
		Pagination: pagination,
	}, nil
}

// bucketOrders is by a name whose field the versions of the API call
// differently.
func bucketOrders(name string) orders[*Bucket] {
	return orders[*Bucket]{
		name:         func(a, b *Bucket) int { return cmp.Compare(a.Name, b.Name) },
		"id":         func(a, b *Bucket) int { return cmp.Compare(a.ID, b.ID) },
		"created_at": func(a, b *Bucket) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"updated_at": func(a, b *Bucket) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
	}
}

func (c *call) getBucket() (any, error) {
	at, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetBucketResponse{Bucket: c.bucketView(at)}, nil
}

func (c *call) listChannels() (any, error) {
	at, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListChannelsResponse{
		Channels: mapped(present(at.bucket.Channels), func(ch *Channel) *models.HashicorpCloudPacker20230101Channel {
			return c.channelView(at.bucket, ch)
		}),
	}, nil
}

func (c *call) getChannel() (any, error) {
	at, ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetChannelResponse{Channel: c.channelView(at.bucket, ch)}, nil
}

func (c *call) listVersions() (any, error) {
	at, err := c.bucket()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, present(at.bucket.Versions), orders[*Version]{
		"name":       func(a, b *Version) int { return cmp.Compare(number(a), number(b)) },
		"created_at": func(a, b *Version) int { return compareDates(a.CreatedAt, b.CreatedAt) },
		"updated_at": func(a, b *Version) int { return compareDates(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	list, pagination, err := page(c, sorted)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListVersionsResponse{
		Versions:   mapped(list, func(v *Version) *Version { return versionView(v, c.now, false) }),
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
	at, v, err := c.version()
	if err != nil {
		return nil, err
	}
	sorted, err := sortBy(c, present(v.Builds), orders[*Build]{
		"component_type": func(a, b *Build) int { return cmp.Compare(a.ComponentType, b.ComponentType) },
		"created_at":     func(a, b *Build) int { return compareDates(a.CreatedAt, b.CreatedAt) },
		"updated_at":     func(a, b *Build) int { return compareDates(a.UpdatedAt, b.UpdatedAt) },
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
		Location:   location(at.org, at.project),
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
		return nil, notFoundf("build %q not found in version %q", id, v.Fingerprint)
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

// runTask is where HCP Terraform would send its run tasks. The fake does not
// serve them; the shape of the URL is its own.
func (c *call) runTask() (url, key string, err error) {
	at, err := c.activeRegistry()
	if err != nil {
		return "", "", err
	}
	if task := c.params["task"]; task != "validation" {
		return "", "", invalidf("no task type %q", task)
	}
	id, key := newULID(at.project.ID, "run task"), newULID(at.project.ID, "run task key")
	if config := at.project.Registry.Config.TfcRunTaskConfig; config != nil {
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

func (c *call) bucketView(at place) *models.HashicorpCloudPacker20230101Bucket {
	b := at.bucket
	latest := c.latest(b)
	return &models.HashicorpCloudPacker20230101Bucket{
		ID:            b.ID,
		Name:          b.Name,
		Description:   b.Description,
		Labels:        b.Labels,
		CreatedAt:     strfmt.DateTime(b.CreatedAt),
		UpdatedAt:     strfmt.DateTime(b.UpdatedAt),
		Location:      location(at.org, at.project),
		ResourceName:  fmt.Sprintf("packer/project/%s/bucket/%s", at.project.ID, b.Name),
		LatestVersion: versionView(latest, c.now, false),
		Platforms:     platforms(b.newestComplete()),
		VersionCount:  strconv.Itoa(len(b.Versions)),
	}
}

// latest is the version of a bucket's channel "latest", or nil.
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
	for _, b := range v.Builds {
		if b != nil && b.Platform != "" && !slices.Contains(list, b.Platform) {
			list = append(list, b.Platform)
		}
	}
	return list
}

func compareDates(a, b strfmt.DateTime) int {
	return time.Time(a).Compare(time.Time(b))
}
