; SPDX-License-Identifier: Apache-2.0
; Copyright the Burin authors
; What cases.scm calls and GIMP 2.10 and 3 call differently: here 3.

(define (new-layer image name width height)
  (car (gimp-layer-new image name width height (if (grey? image) 2 0) 100 LAYER-MODE-NORMAL)))
(define (new-group image name) (car (gimp-group-layer-new image name)))
(define (new-channel image name)
  (car (gimp-channel-new image name (car (gimp-image-get-width image))
                         (car (gimp-image-get-height image)) 50 '(0 0 0))))
(define (grey? image) (= (car (gimp-image-get-base-type image)) GRAY))
(define (width-of drawable) (car (gimp-drawable-get-width drawable)))
(define (height-of drawable) (car (gimp-drawable-get-height drawable)))
(define (offsets-of drawable) (gimp-drawable-get-offsets drawable))
(define (layers-of image) (vector->list (car (gimp-image-get-layers image))))
(define (layer-count image) (length (layers-of image)))
(define (children-of group) (vector->list (car (gimp-item-get-children group))))
(define (active-layer image) (vector-ref (car (gimp-image-get-selected-layers image)) 0))
; The colour that is seen on the canvas, 8 bit.
(define (seen image x y)
  (gimp-displays-flush)
  (let ((values (car (gimp-image-pick-color image (vector (car (layers-of image))) x y TRUE FALSE 0))))
    (if (< (length values) 3)
        (list (car values) (car values) (car values))
        (list (car values) (cadr values) (caddr values)))))
; A value as it is stored, 0 to 255; coordinates of the drawable.
(define (pixel drawable x y channel)
  (list-ref (car (gimp-drawable-get-pixel drawable x y)) channel))
; GIMP 3 gives light, which masks hold, as sRGB.
(define (mask-value mask x y) (round (* 255 (light (pixel mask x y 0)))))
(define (yes? answer) (or (eq? answer #t) (and (number? answer) (= answer TRUE))))

(define (record-of layer) (caddr (car (gimp-item-get-parasite layer "burin-layer"))))
(define (set-profile image file) (gimp-image-set-color-profile-from-file image file))
(define (has-profile? image) (= (length (car (gimp-image-get-parasite image "icc-profile"))) 3))
; The opposite of brown in the profile wide.icc, as GIMP 3 gives it: in sRGB (by lcms2), where its red
; is below 0.
(define opposite-in-profile '(0 157))
(define (save image file) (gimp-file-save RUN-NONINTERACTIVE image file))
(define (load-image file) (car (gimp-file-load RUN-NONINTERACTIVE file)))

; --- the plug-in --------------------------------------------------------------------------------

(define (detail-faces image layer prompt seed options)
  (plug-in-burin-detail-faces #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer)
                              #:prompt prompt #:seed seed #:options options))
(define (detail-faces-again image layer)
  (plug-in-burin-detail-faces #:run-mode RUN-WITH-LAST-VALS #:image image #:drawables (vector layer)))
(define (detail-selection image layer seed options)
  (plug-in-burin-detail-selection #:run-mode RUN-NONINTERACTIVE #:image image
                                  #:drawables (vector layer) #:seed seed #:options options))
(define (edit image layer prompt seed options)
  (car (plug-in-burin-edit-layer #:run-mode RUN-NONINTERACTIVE #:image image
                                 #:drawables (vector layer) #:prompt prompt #:seed seed
                                 #:options options)))
(define (re-roll image layer)
  (car (plug-in-burin-reroll-layer #:run-mode RUN-NONINTERACTIVE #:image image
                                   #:drawables (vector layer))))
(define (release-memory) (plug-in-burin-release-memory #:run-mode RUN-NONINTERACTIVE))

; --- what only this GIMP has --------------------------------------------------------------------

; Filters of the source are seen by Burin, and stay filters.
(define (case-filters)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (gimp-drawable-append-filter layer
                                 (car (gimp-drawable-filter-new layer "gegl:invert-gamma" "Invert")))
    (let ((made (detail-faces image layer "" "2" "")))
      (check "filters: two layers" (= (cadr made) 2))
      (check "filters: the opposite of what is seen" (shows? image 40 50 brown))
      (check "filters: outside as it was" (shows? image 150 110 opposite))
      (check "filters: the source keeps its filter"
             (= (vector-length (car (gimp-drawable-get-filters layer))) 1))
      (check "filters: the pixels below are as they were" (= (pixel layer 40 50 0) 200))
      (check "filters: nothing else was added" (= (layer-count image) 2)))
    (gimp-image-delete image)))

(define (case-drawables)
  (let* ((image (new-image 160 120 rgb u8)) (one (add-layer image 0 0 160 120 brown))
         (two (add-layer image 0 0 160 120 brown)))
    (define (with drawables)
      (plug-in-burin-detail-faces #:run-mode RUN-NONINTERACTIVE #:image image
                                  #:drawables drawables #:seed "2"))
    (check "no layer is chosen: refused" (fails? (with (vector))))
    (check "two layers are chosen: refused" (fails? (with (vector one two))))
    (check "one of two is chosen" (= (cadr (with (vector one))) 2))
    (check "the group lies above the one that was chosen"
           (= (car (gimp-image-get-item-position image (car (gimp-image-get-layer-by-name image "Burin"))))
              1))
    (gimp-image-delete image)))

(define own-cases '(case-filters case-drawables))
