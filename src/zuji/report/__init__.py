"""What people read: charts, PDF reports, Excel reports and the offline viewer, all from frozen documents."""
