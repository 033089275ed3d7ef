"""Charts described once (`model`), drawn as a Plotly figure (`plotly_figure`) or SVG (`svg`), each with its table."""
