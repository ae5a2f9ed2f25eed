export default {
  "pdf": "pdf application/pdf application/x-pdf",
  "image": "png jpg jpeg webp gif avif bmp svg image/png image/jpeg image/jpg image/pjpeg image/webp image/gif image/avif image/bmp image/x-ms-bmp image/svg+xml",
  "table": "csv tsv xls xlsx ods text/csv application/csv text/tab-separated-values",
  "media": "mp3 m4a aac wav ogg oga mp4 m4v mov webm audio/mpeg audio/mp3 audio/mp4 audio/x-m4a audio/aac audio/wav audio/x-wav audio/wave audio/ogg video/mp4 video/webm video/quicktime",
  "text": "txt md log json doc docx odt rtf application/json text/json"
}
