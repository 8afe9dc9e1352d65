package hcpfake

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

var (
	// bucketNamePattern also holds for SBOMs.
	bucketNamePattern = regexp.MustCompile(`^[A-Za-z0-9-]{3,36}$`)

	maxDescription = 255
)

// bucket returns the scope of a request to a bucket.
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
	list, pagination, err := sortedPage(c, nonNil(s.project.Buckets), sortFields[*Bucket]{
		"name":       func(a, b *Bucket) int { return cmp.Compare(a.Name, b.Name) },
		"id":         func(a, b *Bucket) int { return cmp.Compare(a.ID, b.ID) },
		"created_at": func(a, b *Bucket) int { return a.CreatedAt.Compare(b.CreatedAt) },
		"updated_at": func(a, b *Bucket) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBucketsResponse{
		Buckets: mapSlice(list, func(b *Bucket) *models.HashicorpCloudPacker20230101Bucket {
			return c.bucketView(scope{org: s.org, project: s.project, bucket: b})
		}),
		Pagination: pagination,
	}, nil
}

func (c *call) getBucket() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetBucketResponse{Bucket: c.bucketView(s)}, nil
}

// createBucket creates a bucket and its channel "latest".
func (c *call) createBucket() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101CreateBucketBody](c)
	switch {
	case err != nil:
		return nil, err
	case !bucketNamePattern.MatchString(body.Name):
		return nil, invalidf("invalid bucket name %q: want 3 to 36 letters, digits and hyphens", body.Name)
	case len(body.Description) > maxDescription:
		return nil, invalidf("the description is longer than %d characters", maxDescription)
	case s.project.Bucket(body.Name) != nil:
		return nil, existsf("Error: The bucket with identifier %s already exists.", body.Name)
	}
	s.bucket = &Bucket{
		ID: c.newID(), Name: body.Name, Description: body.Description, Labels: body.Labels,
		CreatedAt: c.now, UpdatedAt: c.now,
		Channels: []*Channel{{
			ID: c.newID(), Name: latestChannel, AuthorID: managedAuthor, Managed: true, Restricted: true,
			CreatedAt: c.now, UpdatedAt: c.now,
		}},
	}
	s.project.Buckets = append(s.project.Buckets, s.bucket)
	return &models.HashicorpCloudPacker20230101CreateBucketResponse{Bucket: c.bucketView(s)}, nil
}

// updateBucket replaces the description and the labels. Platforms are those of the
// newest complete version, and cannot be set.
func (c *call) updateBucket() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101UpdateBucketBody](c)
	switch {
	case err != nil:
		return nil, err
	case len(body.Description) > maxDescription:
		return nil, invalidf("the description is longer than %d characters", maxDescription)
	}
	s.bucket.Description, s.bucket.Labels, s.bucket.UpdatedAt = body.Description, body.Labels, c.now
	return &models.HashicorpCloudPacker20230101UpdateBucketResponse{Bucket: c.bucketView(s)}, nil
}

func (c *call) deleteBucket() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	s.project.Buckets = slices.DeleteFunc(s.project.Buckets, func(b *Bucket) bool { return b == s.bucket })
	s.dropParents()
	return struct{}{}, nil
}

// getEnforcedBlocks returns the blocks that Packer must add to the templates of a
// bucket. They can only be seeded.
func (c *call) getEnforcedBlocks() (any, error) {
	s, err := c.bucket()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetEnforcedBlocksByBucketResponse{EnforcedBlockDetail: s.bucket.EnforcedBlocks}, nil
}

func (c *call) bucketView(s scope) *models.HashicorpCloudPacker20230101Bucket {
	b := s.bucket
	view := &models.HashicorpCloudPacker20230101Bucket{
		ID:           b.ID,
		Name:         b.Name,
		Description:  b.Description,
		Labels:       b.Labels,
		CreatedAt:    strfmt.DateTime(b.CreatedAt),
		UpdatedAt:    strfmt.DateTime(b.UpdatedAt),
		Location:     location(s.org, s.project),
		ResourceName: fmt.Sprintf("packer/project/%s/bucket/%s", s.project.ID, b.Name),
		Platforms:    platforms(b.newestComplete()),
		VersionCount: strconv.Itoa(len(b.Versions)),
	}
	if s.channel = b.Channel(latestChannel); s.channel != nil {
		view.LatestVersion = c.versionView(c.assigned(s), false)
	}
	view.Parents, view.Children = s.bucketAncestry()
	return view
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
