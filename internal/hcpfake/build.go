package hcpfake

import (
	"cmp"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

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
