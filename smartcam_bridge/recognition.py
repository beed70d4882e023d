"""Who the tracks are: faces on their way from the topics to names."""
