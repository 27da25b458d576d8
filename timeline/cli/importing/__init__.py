"""`timeline import`: reads files of other formats and posts the differences to a timeline.

command        the command line and its output
formats        the formats, each with its reader and its data set
current_rows   what the timeline holds of a data set now
importer       compares the file with that, and posts the difference
rejects        where rejected rows are written
"""
