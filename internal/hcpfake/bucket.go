package hcpfake

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

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
